package io.github.etcdproxy.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyModeTest {

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
    void readOnlyLetsReadsPassAndNothingElse(String method, String path, boolean upgrade, boolean passes) {
        RequestKind kind = RequestKind.of(new RequestView(method, path, false, upgrade, false, Optional::empty));

        assertThat(ProxyMode.READONLY.permits(method, kind, false)).isEqualTo(passes);
        assertThat(ProxyMode.READONLY.permits(method, kind, true)).isEqualTo(passes && method.equals("GET"));
        assertThat(ProxyMode.READWRITE.permits(method, kind, true)).isTrue();
        assertThat(ProxyMode.OFF.permits(method, kind, true)).isTrue();
    }

    @Test
    void hasTheValuesOfEtcdsFlag() {
        assertThat(ProxyMode.of("off")).isEqualTo(ProxyMode.OFF);
        assertThat(ProxyMode.of("on")).isEqualTo(ProxyMode.READWRITE);
        assertThat(ProxyMode.of("readonly")).isEqualTo(ProxyMode.READONLY);
        assertThatThrownBy(() -> ProxyMode.of("On")).hasMessage("proxy: \"On\": write off, on or readonly");
    }
}
