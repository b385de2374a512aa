package io.github.etcdproxy.internal.readonly;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.mode.ProxyMode;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadOnlyPolicyTest {

    @ParameterizedTest
    @CsvSource({
        "GET, /v2/keys/a, false, true",
        "HEAD, /v2/keys/a, false, true",
        "OPTIONS, /v2/keys/a, false, true",
        "GET, /v2/keys/a, true, false", // a WebSocket can carry a write
        "PUT, /v2/keys/a, false, false",
        "POST, /v2/keys/a, false, false",
        "DELETE, /v2/keys/a, false, false",
        "PATCH, /v2/keys/a, false, false",
        "TRACE, /v2/keys/a, false, false",
        "get, /v2/keys/a, false, false", // methods are case-sensitive: this is an unknown one
        "FROBNICATE, /v2/keys/a, false, false",
        "POST, /v3/kv/range, false, true",
        "POST, /v3beta/kv/range, false, true",
        "POST, /v3alpha/kv/range, false, true",
        "POST, /v3/watch, false, true",
        "POST, /v3/kv/lease/timetolive, false, true",
        "POST, /v3/cluster/member/list, false, true",
        "POST, /v3/watch, true, false",
        "POST, /v3/kv/put, false, false",
        "POST, /v3/kv/deleterange, false, false",
        "POST, /v3/kv/txn, false, false",
        "POST, /v3/kv/compaction, false, false",
        "POST, /v3/lease/keepalive, false, false",
        "POST, /v3/lock/lock, false, false",
        "PUT, /v3/kv/range, false, false",
        "POST, /v3/kv/range/, false, false",
        "POST, /v3/kv/%72ange, false, false",
        "POST, //v3/kv/range, false, false",
        "POST, /v3//kv/range, false, false",
        "POST, /v3/KV/range, false, false",
        "POST, /v3/kv/put/../range, false, false",
        "POST, /v4/kv/range, false, false",
        "POST, /kv/range, false, false",
        "POST, /v3, false, false",
        "POST, /, false, false",
    })
    void readOnly_permitsReadsOnly(String method, String path, boolean upgrade, boolean passes) {
        RequestKind kind = RequestKind.of(new RequestAttributes(method, path, false, upgrade, false, Optional::empty));

        assertThat(ReadOnlyPolicy.permits(ProxyMode.READONLY, method, kind, false))
                .isEqualTo(passes);
        assertThat(ReadOnlyPolicy.permits(ProxyMode.READONLY, method, kind, true))
                .isEqualTo(passes && method.equals("GET"));
        assertThat(ReadOnlyPolicy.permits(ProxyMode.ON, method, kind, true)).isTrue();
        assertThat(ReadOnlyPolicy.permits(ProxyMode.OFF, method, kind, true)).isTrue();
    }
}
