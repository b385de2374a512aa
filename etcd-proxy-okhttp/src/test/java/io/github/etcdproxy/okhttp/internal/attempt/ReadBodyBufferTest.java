package io.github.etcdproxy.okhttp.internal.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.internal.readonly.RequestKind;
import okhttp3.HttpUrl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadBodyBufferTest {

    @ParameterizedTest
    @CsvSource({
        "READ, /v2/keys/a, 100, true",
        "READ, /v2/keys/a, -1, true",
        "READ, /v2/keys?recursive=true, -1, true",
        "READ, /v2/keyspace, -1, false",
        "READ, /v2/keys/a?wait=false, -1, true",
        "READ, /v2/keys/a?wait=true, -1, false",
        "READ, /v2/keys/a?wait, -1, true", // an error of etcd's
        "READ, /v2/keys/a?wait=1, -1, false",
        "READ, /v2/keys/a?recursive=true&stream=true, -1, true", // nothing without wait
        "READ, /v2/keys/a?wait=true, 40, true", // the event has happened and will arrive completely
        "READ, /version, 45, true",
        "READ, /debug/pprof/trace, -1, false",
        "READ, /v2/keys/a, 1048576, true",
        "READ, /v2/keys/a, 1048577, false",
        "WRITE, /v2/keys/a, 100, false",
        "READ, /v3/kv/range, 100, true",
        "READ, /v3/kv/range, -1, true",
        "READ, /v3beta/cluster/member/list, -1, true",
        "READ, /v3/watch, -1, false",
        "READ, /v3/election/observe, -1, false",
        "READ, /v3/maintenance/snapshot, -1, false",
        "WRITE, /v3/kv/put, 100, false",
    })
    void awaitsBody_exceptForWatches(RequestKind kind, String path, long contentLength, boolean awaited) {
        String method = path.startsWith("/v3") ? "POST" : "GET";
        assertThat(ReadBodyBuffer.awaitsBody(kind, method, HttpUrl.get("http://etcd.invalid" + path), contentLength))
                .isEqualTo(awaited);
    }
}
