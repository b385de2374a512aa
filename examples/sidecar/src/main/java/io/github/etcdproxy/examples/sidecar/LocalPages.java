package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.okhttp.EtcdProxy;
import io.github.etcdproxy.registry.ProxyStatus;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The pages that the sidecar serves itself, besides the library's: metrics at the path of etcd's proxy, and health
 * under paths that members don't have, so that {@code /health} and {@code /readyz} remain the members'.
 */
final class LocalPages {
    private final EtcdProxy proxy;
    private final Metrics metrics;

    LocalPages(EtcdProxy proxy, Metrics metrics) {
        this.proxy = proxy;
        this.metrics = metrics;
    }

    /** The response to a request for one of them; null for other requests. */
    @Nullable
    Answer answer(String method, String path) throws IOException {
        boolean ours = path.equals("/metrics") || path.equals("/-/healthy") || path.equals("/-/ready");
        if (!ours) {
            return null;
        }
        if (!method.equals("GET") && !method.equals("HEAD")) {
            return Answer.text(405, "Method Not Allowed\n");
        }
        return switch (path) {
            case "/metrics" -> metrics.page();
            case "/-/healthy" -> Answer.text(200, "ok\n");
            default -> ready();
        };
    }

    private Answer ready() {
        ProxyStatus status = proxy.status();
        long up = status.endpoints().stream()
                .filter(ProxyStatus.Endpoint::isAvailable)
                .count();
        return status.problem()
                .map(problem -> Answer.text(503, problem + "\n"))
                .orElseGet(() -> Answer.text(
                        200, "ok: " + up + " of " + status.endpoints().size() + " members are up\n"));
    }
}
