package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.mode.RequestKind;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayRuleTest {

    @ParameterizedTest
    @CsvSource({
        // kind, may have been sent, replayable body -> may try next
        "READ, false, true, true",
        "READ, true, true, true",
        "READ, false, false, true", // nothing of the body has been read either
        "READ, true, false, false",
        "WRITE, false, true, true",
        "WRITE, false, false, true",
        "WRITE, true, true, false",
        "WRITE, true, false, false",
    })
    void aWriteGoesOnOnlyIfNothingLeft(RequestKind kind, boolean sent, boolean replayable, boolean next) {
        assertThat(ReplayRule.mayTryNext(kind, sent, replayable)).isEqualTo(next);
    }

    @ParameterizedTest
    @CsvSource({
        "READ, /v2/keys/a, 100, true",
        "READ, /v2/keys/a, -1, true",
        "READ, /v2/keys?recursive=true, -1, true",
        "READ, /v2/keyspace, -1, false",
        "READ, /v2/keys/a?wait=false, -1, true",
        "READ, /v2/keys/a?wait=true, -1, false",
        "READ, /v2/keys/a?wait, -1, false",
        "READ, /v2/keys/a?wait=1, -1, false",
        "READ, /v2/keys/a?recursive=true&stream=true, -1, false",
        "READ, /v2/keys/a?wait=true, 40, true", // it has happened: the whole event is on its way
        "READ, /version, 45, true",
        "READ, /debug/pprof/trace, -1, false",
        "READ, /v2/keys/a, 1048576, true",
        "READ, /v2/keys/a, 1048577, false",
        "WRITE, /v2/keys/a, 100, false",
    })
    void aBodyIsAwaitedWhereItComesBySoon(RequestKind kind, String path, long contentLength, boolean awaited) {
        assertThat(ReplayRule.awaitsBody(kind, HttpUrl.get("http://etcd.invalid" + path), contentLength))
                .isEqualTo(awaited);
    }

    @Test
    void aBodyThatCanBeWrittenOnlyOnceIsNotReplayable() {
        Request.Builder request = new Request.Builder().url("http://a/");

        assertThat(ReplayRule.hasReplayableBody(request.get().build())).isTrue();
        assertThat(ReplayRule.hasReplayableBody(request.post(body(false, false)).build()))
                .isTrue();
        assertThat(ReplayRule.hasReplayableBody(request.post(body(true, false)).build()))
                .isFalse();
        assertThat(ReplayRule.hasReplayableBody(request.post(body(false, true)).build()))
                .isFalse();
    }

    private static RequestBody body(boolean oneShot, boolean duplex) {
        return new RequestBody() {
            @Override
            public @Nullable MediaType contentType() {
                return null;
            }

            @Override
            public void writeTo(BufferedSink sink) {}

            @Override
            public boolean isOneShot() {
                return oneShot;
            }

            @Override
            public boolean isDuplex() {
                return duplex;
            }
        };
    }
}
