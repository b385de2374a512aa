package io.github.etcdproxy.examples.sidecar;

import com.sun.management.UnixOperatingSystemMXBean;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.okhttp.EtcdProxy;
import io.github.etcdproxy.registry.ProxyStatus;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code etcd --proxy on} as a process: accepts its command lines, finds the members, and forwards to them. */
public final class Sidecar implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Sidecar.class);

    private final EtcdProxy proxy;
    private final Listener listener;
    private final List<EtcdUrl> urls;

    private Sidecar(EtcdProxy proxy, Listener listener, List<EtcdUrl> urls) {
        this.proxy = proxy;
        this.listener = listener;
        this.urls = urls;
    }

    /**
     * Runs until a signal ends it.
     *
     * @param args flags of etcd's, or {@code promote} and its flags
     */
    public static void main(String[] args) {
        try {
            if (Arrays.stream(args).anyMatch(List.of("-h", "-help", "--help")::contains)) {
                System.out.print(Usage.text());
            } else if (Arrays.stream(args).anyMatch(List.of("-version", "--version")::contains)) {
                System.out.println("etcd-proxy-sidecar " + version());
            } else if (args.length > 0 && args[0].equals("promote")) {
                System.out.print(Promote.run(System.getenv(), Arrays.copyOfRange(args, 1, args.length)));
            } else {
                run(args);
            }
        } catch (IllegalArgumentException e) {
            fail(2, e.getMessage() + "\nTry --help.");
        } catch (IOException e) {
            fail(1, e.getMessage());
        } catch (InterruptedException e) {
            fail(1, "interrupted");
        }
    }

    private static void run(String[] args) throws IOException {
        // One more carrier of virtual threads than processors: the slowest requests are those whose carrier is not
        // scheduled.
        System.getProperties()
                .putIfAbsent(
                        "jdk.virtualThreadScheduler.parallelism",
                        String.valueOf(Runtime.getRuntime().availableProcessors() + 1));
        Limits limits = Limits.ofThisJvm();
        Sidecar sidecar = start(limits, System.getenv(), args);
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            limits.shortage(system.getMaxFileDescriptorCount()).ifPresent(log::warn);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(sidecar::close, "sidecar-shutdown"));
    }

    private static void fail(int status, @Nullable String message) {
        System.err.println("etcd-proxy-sidecar: " + message);
        System.exit(status);
    }

    private static String version() {
        return Objects.requireNonNullElse(Sidecar.class.getPackage().getImplementationVersion(), "(from classes)")
                + " on Java " + System.getProperty("java.version");
    }

    /**
     * Starts one.
     *
     * @throws IllegalArgumentException if a flag is unknown or has a bad value; the message says what to write
     * @throws IOException if a port can't be had; the message says which
     */
    static Sidecar start(Limits limits, Map<String, String> environment, String... args) throws IOException {
        SidecarOptions options = SidecarOptions.read(environment, args);
        if (options.isOff()) {
            throw new IllegalArgumentException(
                    "proxy: off, which is etcd's default: give --proxy on or --proxy readonly; members are started"
                            + " with etcd itself");
        }
        boolean secure = options.listen().stream().anyMatch(url -> url.scheme().equals("https"));
        SslContextFactory.Server tls = secure ? options.clients().server() : null;
        log.info(
                "etcd-proxy-sidecar {}, process {}",
                version(),
                ProcessHandle.current().pid());
        EtcdProxy proxy = options.proxy().start();
        try {
            Metrics metrics = new Metrics();
            Forwarding forwarding = new Forwarding(
                    proxy.wrap(options.members()), new LocalPages(proxy, metrics), metrics, options.cors());
            Listener listener = Listener.start(options.listen(), tls, forwarding, limits);
            List<EtcdUrl> urls = options.listen();
            log.info(
                    "Listening at {} (proxy {}), remembering peers in {}",
                    urls.stream().map(EtcdUrl::toString).collect(Collectors.joining(", ")),
                    options.flags().text("proxy"),
                    options.dataDir().toAbsolutePath());
            tellWhenReady(proxy);
            return new Sidecar(proxy, listener, urls);
        } catch (IOException | RuntimeException e) {
            proxy.close();
            throw e;
        }
    }

    private static void tellWhenReady(EtcdProxy proxy) {
        var unused = proxy.ready().whenComplete((status, failure) -> {
            if (failure == null) {
                log.info("Ready: forwarding to the members at {}", urlsOf(status));
            }
        });
    }

    private static List<EtcdUrl> urlsOf(ProxyStatus status) {
        return status.endpoints().stream().map(ProxyStatus.Endpoint::url).toList();
    }

    /** The number of running requests. */
    int exchanges() {
        return listener.exchanges();
    }

    /** Ends watches, waits for other requests to end, refuses new ones, and stops. */
    @Override
    public void close() {
        log.info("Ending: no more requests at {}; waiting for those under way", urls);
        listener.close();
        proxy.close();
        log.info("Ended");
    }
}
