package io.github.etcdproxy.examples.sidecar;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** The metrics at {@code /metrics}: names and labels of server/proxy/httpproxy/metrics.go, etcd 3.5. Thread safe. */
final class Metrics {
    /** Others share a label, so that a client can't exhaust memory with names. */
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT");

    private final PrometheusRegistry registry = new PrometheusRegistry();

    private final Counter requests = Counter.builder()
            .name("etcd_proxy_requests_total")
            .help("Counter of requests received by method.")
            .labelNames("method")
            .register(registry);
    private final Counter handled = Counter.builder()
            .name("etcd_proxy_handled_total")
            .help("Counter of requests fully handled (by authoritative servers), by method and status.")
            .labelNames("method", "code")
            .register(registry);
    private final Counter dropped = Counter.builder()
            .name("etcd_proxy_dropped_total")
            .help("Counter of requests dropped on the proxy, by method and reason.")
            .labelNames("method", "proxying_error")
            .register(registry);
    private final Histogram durations = Histogram.builder()
            .name("etcd_proxy_handling_duration_seconds")
            .help("Histogram of the time until a member's response began, by method.")
            .labelNames("method")
            .classicOnly()
            .classicExponentialUpperBounds(0.0005, 2, 13)
            .register(registry);

    Metrics() {
        JvmMetrics.builder().register(registry);
    }

    static String label(String method) {
        return METHODS.contains(method) ? method : "other";
    }

    void received(String method) {
        requests.labelValues(label(method)).inc();
    }

    /** A member's response has begun. */
    void handled(String method, int status, long nanos) {
        handled.labelValues(label(method), Integer.toString(status)).inc();
        durations.labelValues(label(method)).observe(nanos / 1e9);
    }

    /**
     * The library responded instead of a member. Refusals, for example in read-only mode, have a reason that the
     * original lacks.
     */
    void dropped(String method, int status) {
        if (status >= 400) {
            String reason = switch (status) {
                case 503 -> "zero_endpoints";
                case 502, 504 -> "failed_getting_response";
                default -> "refused";
            };
            dropped.labelValues(label(method), reason).inc();
        }
    }

    Answer page() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(text, registry.scrape());
        return new Answer(200, PrometheusTextFormatWriter.CONTENT_TYPE, text.toString(StandardCharsets.UTF_8), false);
    }
}
