package io.github.etcdproxy.options;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.mode.ProxyMode;
import io.github.etcdproxy.net.EtcdUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The values that a builder has collected, not validated yet; at first etcd's defaults. Not thread safe. */
final class OptionValues {
    List<EtcdUrl> listenClientUrls = List.of();
    PeerDiscovery discovery = PeerDiscovery.localhost();
    ProxyMode mode = ProxyMode.ON;
    Function<EtcdUrl, Optional<EtcdUrl>> clientUrlRule = Optional::of;

    @Nullable
    Path dataDir;

    final Map<Timing, Duration> timings = Timing.defaults();
    final List<EtcdProxyListener> listeners = new ArrayList<>();
    private final Set<Switch> switches = EnumSet.of(Switch.RESUME_WATCHES);

    /** The boolean options. */
    enum Switch {
        STRICT_CLUSTER_ID,
        ERRORS_AS_EXCEPTIONS,
        ROUND_ROBIN,
        RESUME_WATCHES,
        STRICT_READ_ONLY
    }

    void set(Switch option, boolean on) {
        if (on) {
            switches.add(option);
        } else {
            switches.remove(option);
        }
    }

    boolean isOn(Switch option) {
        return switches.contains(option);
    }

    /** A duration, checked against its range. */
    Duration checked(Timing timing) {
        return timing.checked(timings.get(timing));
    }
}
