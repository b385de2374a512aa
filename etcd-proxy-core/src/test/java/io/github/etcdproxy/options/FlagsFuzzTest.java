package io.github.etcdproxy.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.fuzz.Fuzz;
import io.github.etcdproxy.fuzz.Mutator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Any command line and any environment gives options or an error that says what to write. */
@Tag("once")
@Timeout(120)
class FlagsFuzzTest {
    private static final List<String> COMMAND_LINES = List.of(
            "--proxy on --listen-client-urls http://127.0.0.1:2379 --initial-cluster infra0=http://10.0.1.10:2380",
            "-proxy=readonly -discovery-srv=example.com -discovery-srv-name blue --proxy-failure-wait 5000",
            "--discovery https://discovery.example.com/token --discovery-proxy http://proxy:3128 --discovery-fallback exit",
            "--discovery-token t --discovery-endpoints http://a:1,http://b:2 --proxy-dial-timeout=1000 --proxy=off",
            "--name infra0 --enable-v2 --proxy-refresh-interval 30000 --proxy-write-timeout 0 --proxy-read-timeout 0");

    @Test
    void commandLines() {
        Mutator mutator = new Mutator(1, COMMAND_LINES);
        int accepted = 0;
        for (int i = 0; i < Fuzz.INPUTS; i++) {
            String[] words = mutator.nextWords();
            accepted +=
                    Fuzz.accepts(words, w -> TestOptions.fromFlags(w).build(), Set.of(IllegalArgumentException.class))
                            ? 1
                            : 0;
        }
        assertThat(accepted).isBetween(Fuzz.INPUTS / 1000, Fuzz.INPUTS - Fuzz.INPUTS / 1000); // neither all nor nothing
    }

    @Test
    void environments() {
        Mutator values = new Mutator(
                2,
                List.of(
                        "on",
                        "readonly",
                        "http://127.0.0.1:2379",
                        "infra0=http://10.0.1.10:2380",
                        "https://d.example.com/token",
                        "example.com",
                        "5000"));
        List<String> names = List.of(
                "ETCD_PROXY",
                "ETCD_LISTEN_CLIENT_URLS",
                "ETCD_INITIAL_CLUSTER",
                "ETCD_DISCOVERY",
                "ETCD_DISCOVERY_SRV",
                "ETCD_PROXY_FAILURE_WAIT",
                "ETCD_DISCOVERY_PROXY",
                "ETCD_NO_SUCH");
        int accepted = 0;
        for (int i = 0; i < Fuzz.INPUTS; i++) {
            Map<String, String> environment =
                    Map.of(names.get(i % names.size()), values.next(), "ETCD_PROXY_READ_TIMEOUT", "5");
            accepted += Fuzz.accepts(
                            environment,
                            e -> TestOptions.fromEnvironment(e).build(),
                            Set.of(IllegalArgumentException.class))
                    ? 1
                    : 0;
        }
        assertThat(accepted).isBetween(Fuzz.INPUTS / 1000, Fuzz.INPUTS - Fuzz.INPUTS / 1000);
    }
}
