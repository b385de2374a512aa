package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.options.EtcdFlags;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ignored flags and variables are logged. */
class FlagsWarningsTest {

    @Test
    void ignoredSources_areLogged() {
        EtcdProxy.Builder unused = EtcdProxy.builderFrom(
                Map.of("ETCD_INITIAL_CLUSTER", "a=http://a:1"),
                "--proxy",
                "on",
                "--discovery-srv",
                "example.com",
                "--discovery",
                "http://d:1/t");
        assertThat(RecordingLogs.about("Ignoring --discovery-srv and ETCD_INITIAL_CLUSTER, since --discovery is given"))
                .hasSize(1)
                .allMatch(line -> line.startsWith("WARN"));
    }

    @Test
    void aVariableThatAFlagShadowsIsNamed() {
        EtcdProxy.Builder unused = EtcdProxy.builderFrom(
                Map.of("ETCD_PROXY_READ_TIMEOUT", "5"), "--proxy", "on", "--proxy-read-timeout", "6");
        assertThat(RecordingLogs.about("ETCD_PROXY_READ_TIMEOUT is ignored, since --proxy-read-timeout is given"))
                .hasSize(1);
    }

    @Test
    void whatHasNoMeaningHereIsNamed() {
        EtcdProxy.Builder unused = EtcdProxy.builderFrom(
                Map.of("ETCD_PROXI", "on", "ETCD_HEARTBEAT_INTERVAL", "100"),
                "--proxy=on",
                "--peer-trusted-ca-file",
                "ca.pem",
                "--discovery-proxy",
                "http://p:1",
                "--proxy-dial-timeout=0");
        assertThat(RecordingLogs.about("ETCD_PROXI is ignored: etcd has no such variable; the nearest is ETCD_PROXY"))
                .hasSize(1);
        assertThat(RecordingLogs.about("ETCD_HEARTBEAT_INTERVAL is ignored: it has no meaning here"))
                .hasSize(1);
        assertThat(RecordingLogs.about("--peer-trusted-ca-file is ignored: TLS is set up on the OkHttpClient"))
                .hasSize(1);
        assertThat(RecordingLogs.about("--discovery-proxy is ignored: it is for a discovery token"))
                .hasSize(1);
        assertThat(RecordingLogs.about("proxy-dial-timeout of 0 is ignored: using 1000 ms"))
                .hasSize(1);
    }

    @Test
    void programsOwnFlags_areNotLoggedAsIgnored() {
        EtcdFlags flags = EtcdFlags.read(
                Set.of("key-file", "client-cert-auth", "name"),
                Map.of("ETCD_KEY_FILE", "key.pem", "ETCD_CERT_FILE", "cert.pem"),
                "--proxy=on",
                "--name",
                "infra0",
                "--client-cert-auth");
        EtcdProxy.Builder unused = EtcdProxy.builderFrom(flags);

        assertThat(flags.text("key-file")).isEqualTo("key.pem");
        assertThat(flags.text("name")).isEqualTo("infra0");
        assertThat(flags.isTrue("client-cert-auth")).isTrue();
        assertThat(flags.text("proxy")).isEqualTo("on");
        assertThat(flags.text("cert-file")).isEmpty(); // not requested
        assertThat(RecordingLogs.about("ETCD_CERT_FILE is ignored")).hasSize(1);
        assertThat(RecordingLogs.about("ETCD_KEY_FILE is ignored")).isEmpty();
        assertThat(RecordingLogs.about("--client-cert-auth is ignored")).isEmpty();
        assertThat(RecordingLogs.about("--name is ignored")).isEmpty();
    }

    @Test
    void proxyOffByDefault_isLogged() {
        EtcdProxy.Builder unused = EtcdProxy.builderFromFlags("--initial-cluster", "a=http://a:1");
        assertThat(RecordingLogs.about("nothing is forwarded. To forward, give --proxy on"))
                .isNotEmpty();
    }
}
