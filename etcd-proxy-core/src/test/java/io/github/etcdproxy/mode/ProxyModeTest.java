package io.github.etcdproxy.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyModeTest {

    @ParameterizedTest
    @CsvSource({
        "GET, false, true",
        "HEAD, false, true",
        "OPTIONS, false, true",
        "GET, true, false", // a WebSocket can carry a write
        "PUT, false, false",
        "POST, false, false",
        "DELETE, false, false",
        "PATCH, false, false",
        "TRACE, false, false",
        "get, false, false", // methods are case-sensitive: this is an unknown one
        "FROBNICATE, false, false",
    })
    void readOnlyLetsReadsPassAndNothingElse(String method, boolean upgrade, boolean passes) {
        RequestKind kind = RequestKind.of(method, upgrade);

        assertThat(ProxyMode.READONLY.permits(kind)).isEqualTo(passes);
        assertThat(ProxyMode.READWRITE.permits(kind)).isTrue();
        assertThat(ProxyMode.OFF.permits(kind)).isTrue();
    }

    @Test
    void hasTheValuesOfEtcdsFlag() {
        assertThat(ProxyMode.of("off")).isEqualTo(ProxyMode.OFF);
        assertThat(ProxyMode.of("on")).isEqualTo(ProxyMode.READWRITE);
        assertThat(ProxyMode.of("readonly")).isEqualTo(ProxyMode.READONLY);
        assertThatThrownBy(() -> ProxyMode.of("On")).hasMessage("proxy: \"On\": write off, on or readonly");
    }
}
