package io.github.etcdproxy.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.JoinRequest;
import io.github.etcdproxy.mode.ProxyMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines and environments of etcd. */
class FlagsTest {
    private static final String TOKEN = "https://discovery.example.com/3e86b59982e49066c5d813af1c2e2579cbf573de";

    private static ProxyOptions flags(String commandLine) {
        return TestOptions.fromFlags(commandLine.isEmpty() ? new String[0] : commandLine.split(" ", -1))
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "--client-cert-auth, true",
        "--client-cert-auth=true, true",
        "--client-cert-auth=T, true",
        "--client-cert-auth=0, false",
        "--name=a, false"
    })
    void aSwitchIsReadAsGoReadsIt(String flag, boolean on) {
        assertThat(EtcdFlags.read(Set.of("client-cert-auth"), Map.of(), flag).isTrue("client-cert-auth"))
                .isEqualTo(on);
    }

    @Test
    void invalidBoolean_isRejected() {
        EtcdFlags flags = EtcdFlags.read(Set.of("client-cert-auth"), Map.of("ETCD_CLIENT_CERT_AUTH", "yes"));
        assertThatThrownBy(() -> flags.isTrue("client-cert-auth"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("client-cert-auth: \"yes\": write true or false (it was given by ETCD_CLIENT_CERT_AUTH)");
    }

    @Test
    void everyFlagSetsItsOption(@TempDir Path directory) {
        ProxyOptions options = TestOptions.fromFlags(
                        "--proxy",
                        "readonly",
                        "-listen-client-urls=http://127.0.0.1:2379,http://localhost:4001",
                        "--initial-cluster",
                        "infra0=http://10.0.1.10:2380",
                        "-data-dir",
                        directory.toString(),
                        "--proxy-failure-wait=1",
                        "--proxy-refresh-interval",
                        "2",
                        "--proxy-dial-timeout",
                        "3",
                        "--proxy-write-timeout=4",
                        "-proxy-read-timeout=5")
                .build();

        assertThat(options.mode()).isEqualTo(ProxyMode.READONLY);
        assertThat(options.listenClientUrls().toString()).isEqualTo("[http://127.0.0.1:2379, http://localhost:4001]");
        assertThat(options.discovery()).hasToString("initial-cluster http://10.0.1.10:2380");
        assertThat(options.dataDir()).contains(directory);
        assertThat(List.of(
                        options.failureWait(),
                        options.refreshInterval(),
                        options.dialTimeout(),
                        options.writeTimeout(),
                        options.readTimeout()))
                .extracting(Duration::toMillis)
                .containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void defaultsAreThoseOfEtcd() {
        ProxyOptions options = flags("");
        assertThat(options.mode()).isEqualTo(ProxyMode.OFF);
        assertThat(options.listenClientUrls().toString()).isEqualTo("[http://localhost:2379]");
        assertThat(options.discovery()).hasToString("the defaults http://localhost:2380,http://localhost:7001");
        assertThat(options.failureWait()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.refreshInterval()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.dialTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.writeTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.readTimeout()).isEqualTo(Duration.ZERO);
        assertThat(options.dataDir()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--discovery " + TOKEN + "|discovery token " + TOKEN,
                "--discovery-token tok --discovery-endpoints http://a:1,http://b:2|discovery token tok at [http://a:1, http://b:2]",
                "--discovery-srv example.com|DNS SRV records of example.com",
                "--discovery-srv example.com --discovery-srv-name blue|DNS SRV records of example.com, service name blue",
                "--initial-cluster a=http://a:1|initial-cluster http://a:1",
                // When several are given: the token before DNS before the list.
                "--discovery-srv e.com --discovery " + TOKEN + " --initial-cluster a=http://a:1|discovery token "
                        + TOKEN,
                "--initial-cluster a=http://a:1 --discovery-srv e.com|DNS SRV records of e.com",
                "--initial-cluster a=http://a:1 --discovery-token t --discovery-endpoints http://a:1|discovery token t at [http://a:1]",
                "--initial-cluster a=http://a:1 --discovery-srv-name x --discovery-proxy http://p:1|initial-cluster http://a:1",
                "--initial-cluster a=http://a:1 --initial-cluster b=http://b:1|initial-cluster http://b:1", // the last
                // counts
            })
    void sourcesHaveEtcdsPrecedence(String commandLine, String source) {
        assertThat(flags("--proxy on " + commandLine).discovery()).hasToString(source);
    }

    @Test
    void flag_overridesItsVariable() {
        Map<String, String> environment = Map.of(
                "ETCD_PROXY", "on",
                "ETCD_LISTEN_CLIENT_URLS", "http://localhost:4001",
                "ETCD_DISCOVERY_SRV", "example.com",
                "ETCD_DISCOVERY_SRV_NAME", "blue",
                "ETCD_PROXY_READ_TIMEOUT", "70",
                "ETCD_INITIAL_CLUSTER", "", // as if it were not set
                "ETCD_UNKNOWN_THING", "x", // logged and ignored
                "PATH", "/usr/bin");
        ProxyOptions options = TestOptions.fromEnvironment(environment).build();
        assertThat(options.mode()).isEqualTo(ProxyMode.ON);
        assertThat(options.listenClientUrls().toString()).isEqualTo("[http://localhost:4001]");
        assertThat(options.discovery()).hasToString("DNS SRV records of example.com, service name blue");
        assertThat(options.readTimeout()).isEqualTo(Duration.ofMillis(70));

        ProxyOptions both = TestOptions.from(environment, "--proxy", "readonly", "--proxy-read-timeout", "80")
                .build();
        assertThat(both.mode()).isEqualTo(ProxyMode.READONLY);
        assertThat(both.readTimeout()).isEqualTo(Duration.ofMillis(80));
        assertThat(both.discovery()).hasToString("DNS SRV records of example.com, service name blue");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--name infra0 --initial-advertise-peer-urls http://a:1 --listen-peer-urls http://a:1",
                "--enable-v2 --debug=false --force-new-cluster",
                "--enable-v2=true --trusted-ca-file /etc/ca.pem --peer-client-cert-auth",
                "--experimental-enable-lease-checkpoint --experimental-corrupt-check-time 5s",
                "--cors * --log-level info --discovery-fallback exit --advertise-client-urls http://a:2379",
            })
    void whatHasNoMeaningHereIsIgnored(String commandLine) {
        assertThat(flags(commandLine + " --proxy on").mode()).isEqualTo(ProxyMode.ON);
        assertThat(flags("--proxy on " + commandLine).mode()).isEqualTo(ProxyMode.ON);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--dicovery-srv example.com|unknown flag \"--dicovery-srv\": did you mean --discovery-srv?",
                "--proxy-refesh-interval=3|unknown flag \"--proxy-refesh-interval\": did you mean --proxy-refresh-interval?",
                "--initial-clusters a|unknown flag \"--initial-clusters\": did you mean --initial-cluster?",
                "on|\"on\" is not a flag: write --name value or --name=value",
                "--proxy on -|\"-\" is not a flag",
                "-- --proxy on|\"--\" is not a flag",
                "---proxy on|\"---proxy\" is not a flag",
                "--=on|\"--=on\" is not a flag",
                "--proxy|--proxy has no value: write --proxy value",
                "--proxy yes|proxy: \"yes\": write on, readonly or off",
                "--proxy on --proxy-failure-wait 5s|proxy-failure-wait: \"5s\": write a number of milliseconds up to 2147483647, for",
                "--proxy on --proxy-read-timeout -1|proxy-read-timeout: \"-1\": write a number of milliseconds",
                "--proxy on --proxy-failure-wait 3000000000|proxy-failure-wait: \"3000000000\": write a number",
                "--proxy on --discovery-fallback stop|discovery-fallback: \"stop\": write proxy or exit",
                "--proxy on --listen-client-urls localhost:2379|listen-client-urls: \"localhost:2379\": write scheme://host:port",
                "--proxy on --initial-cluster a|initial-cluster: \"a\" has no \"=\"",
                "--proxy on --discovery ftp://a/b|discovery: \"ftp://a/b\": the scheme must be http or https",
                "--proxy on --discovery https://a|discovery: \"https://a\": has no path: the token is the URL's path",
                "--proxy on --discovery https://u:p@a/b|discovery: \"https://***@a/b\": a user name and password are not sent",
                "--proxy on --discovery-token t|--discovery-token needs its counterpart: give --discovery-token and",
                "--proxy on --discovery-token a/b --discovery-endpoints http://a:1|discovery-token: \"a/b\": write the token",
                "--proxy on --discovery-srv a..b|discovery-srv: \"a..b\": write a domain, for example example.com",
                "--proxy on --discovery-srv a --discovery-srv-name a.b|discovery-srv-name: \"a.b\": write up to 46 letters",
                "--proxy on --discovery http://a/b --discovery-proxy https://p:1|discovery-proxy: \"https://p:1\": write the URL",
                "--config-file etcd.yml|--config-file: etcd's configuration file is not read",
            })
    void badFlag_isNamedWithValueAndFix(String commandLine, String message) {
        assertThatThrownBy(() -> flags(commandLine))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    /** Each runs with etcd 3.4.23. */
    @ParameterizedTest
    @CsvSource({
        "--quota-backend-bytes;-1;--initial-cluster;a=http://a:1",
        "--discovery;;--initial-cluster;a=http://a:1",
        "--discovery-srv=;--data-dir;;--initial-cluster;a=http://a:1",
        "--proxy-failure-wait;0x10;--proxy-read-timeout;010;--initial-cluster;a=http://a:1",
        "--proxy-failure-wait;0;--proxy-dial-timeout;0;--initial-cluster;a=http://a:1",
        "--initial-cluster;a=http://a:1;--",
    })
    void whatEtcdTakesIsTaken(String commandLine) {
        ProxyOptions options = TestOptions.fromFlags(commandLine.split(";", -1)).build();
        assertThat(options.discovery()).hasToString("initial-cluster http://a:1");
        assertThat(options.dataDir()).isEmpty();
        assertThat(options.failureWait().toMillis()).isIn(16L, 5000L);
    }

    @Test
    void aBadVariableIsNamed() {
        assertThatThrownBy(() -> TestOptions.fromEnvironment(Map.of("ETCD_PROXY", "yes")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("proxy: \"yes\": write on, readonly or off (it was given by ETCD_PROXY)");
    }

    @Test
    void joining_readsTheMembersFlags() {
        assertThat(joining(
                        Map.of("ETCD_DISCOVERY_FALLBACK", "exit"),
                        "--name",
                        "infra3",
                        "--discovery",
                        TOKEN,
                        "--initial-advertise-peer-urls",
                        "http://10.0.1.13:2380"))
                .satisfies(node -> {
                    assertThat(node.name()).isEqualTo("infra3");
                    assertThat(node.fallback()).isEqualTo(JoinRequest.Fallback.EXIT);
                    assertThat(node.peerUrls().toString()).isEqualTo("[http://10.0.1.13:2380]");
                });
        assertThatThrownBy(() -> joining(Map.of(), "--name", "infra3"))
                .hasMessageStartingWith("discovery: none given: give the URL of a discovery token");
    }

    private static JoinRequest joining(Map<String, String> environment, String... flags) {
        return EtcdFlags.read(environment, flags).joinRequest();
    }
}
