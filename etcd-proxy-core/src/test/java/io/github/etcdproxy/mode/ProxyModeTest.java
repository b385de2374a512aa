package io.github.etcdproxy.mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProxyModeTest {

    @Test
    void hasTheValuesOfEtcdsFlag() {
        assertThat(ProxyMode.of("off")).isEqualTo(ProxyMode.OFF);
        assertThat(ProxyMode.of("on")).isEqualTo(ProxyMode.ON);
        assertThat(ProxyMode.of("readonly")).isEqualTo(ProxyMode.READONLY);
        assertThatThrownBy(() -> ProxyMode.of("On")).hasMessage("proxy: \"On\": write off, on or readonly");
    }
}
