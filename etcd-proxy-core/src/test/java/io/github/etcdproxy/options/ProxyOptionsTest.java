package io.github.etcdproxy.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ProxyOptionsTest {

    private static Arguments bad(String message, UnaryOperator<TestOptions> option) {
        return Arguments.of(message, option);
    }

    @SuppressWarnings("NullAway") // what a caller without null checks does
    static Stream<Arguments> badOptions() {
        return Stream.of(
                bad(
                        "listen-client-urls: none given: write a URL, for example http://localhost:2379",
                        options -> options.listenClientUrls()),
                bad(
                        "listen-client-urls: \"http://localhost:2379/\": must not have a path; end it after the port",
                        options -> options.listenClientUrls("http://localhost:2379/")),
                bad(
                        "listen-client-urls: \"localhost:2379\": write scheme://host:port",
                        options -> options.listenClientUrls("http://a:1,localhost:2379")),
                bad("listen-client-urls: \"\": write scheme://host:port", options -> options.listenClientUrls("")),
                bad("listen-client-urls: null: write a URL", options -> options.listenClientUrls((String) null)),
                bad("listen-client-urls: null: write a URL", options -> options.listenClientUrls((String[]) null)),
                bad("discovery: null: give a source", options -> options.discovery(null)),
                bad("proxy: null: give a mode", options -> options.mode(null)),
                bad("proxy-failure-wait: null: give a duration", options -> options.failureWait(null)),
                bad(
                        "proxy-failure-wait: PT0S: write a duration from 1 ms to 24 days, for example 5 s",
                        options -> options.failureWait(Duration.ZERO)),
                bad("proxy-failure-wait: PT-5S: write", options -> options.failureWait(Duration.ofSeconds(-5))),
                bad("proxy-refresh-interval: PT0S: write", options -> options.refreshInterval(Duration.ZERO)),
                bad("proxy-refresh-interval: PT960H: write", options -> options.refreshInterval(Duration.ofDays(40))),
                bad("proxy-dial-timeout: PT0S: write", options -> options.dialTimeout(Duration.ZERO)),
                bad("proxy-dial-timeout: PT0.000001S: write", options -> options.dialTimeout(Duration.ofNanos(1000))),
                bad("proxy-write-timeout: PT-1S: write", options -> options.writeTimeout(Duration.ofSeconds(-1))),
                bad("proxy-read-timeout: PT-1S: write", options -> options.readTimeout(Duration.ofSeconds(-1))),
                bad("proxy-read-timeout: PT0.0005S: write", options -> options.readTimeout(Duration.ofNanos(500_000))),
                bad("proxy-read-timeout: null: give", options -> options.readTimeout(null)),
                bad("ready-timeout: PT-1S: write", options -> options.readyTimeout(Duration.ofSeconds(-1))));
    }

    @ParameterizedTest
    @MethodSource("badOptions")
    void badOption_isNamedWithValueAndFix(String message, UnaryOperator<TestOptions> option) {
        assertThatThrownBy(() -> option.apply(TestOptions.builder().listenClientUrls("http://localhost:2379"))
                        .build())
                .isInstanceOfAny(IllegalArgumentException.class, NullPointerException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void theListenClientUrlsHaveNoDefault() {
        assertThatThrownBy(() -> TestOptions.builder().build())
                .hasMessageStartingWith("listen-client-urls: none given");
    }

    @Test
    void theDefaultsAreEtcds() {
        ProxyOptions options =
                TestOptions.builder().listenClientUrls("http://localhost:2379").build();

        assertThat(options.mode()).isEqualTo(ProxyMode.ON);
        assertThat(options.discovery()).isEqualTo(PeerDiscovery.localhost());
        assertThat(options.failureWait()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.refreshInterval()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.dialTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.writeTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.readTimeout()).isZero();
        assertThat(options.errorsAsExceptions()).isFalse();
    }

    @Test
    void listenClientUrls_acceptsSeveralOrOneList() {
        assertThat(TestOptions.builder()
                        .listenClientUrls("http://localhost:2379,http://localhost:4001", "https://etcd:2379")
                        .build()
                        .listenClientUrls())
                .extracting(EtcdUrl::toString)
                .containsExactly("http://localhost:2379", "http://localhost:4001", "https://etcd:2379");
    }
}
