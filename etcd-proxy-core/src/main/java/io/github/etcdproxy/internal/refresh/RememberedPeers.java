package io.github.etcdproxy.internal.refresh;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.DnsSrvDiscovery;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.internal.datadir.DataDir;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.ShortList;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers peers across restarts. Used by the refresh loop only, unless stated otherwise. */
final class RememberedPeers {
    private static final Logger log = LoggerFactory.getLogger(RememberedPeers.class);

    private final @Nullable DataDir dataDir;
    private final PeerDiscovery source;
    private boolean recalled;
    private boolean failed;
    private List<EtcdUrl> remembered = List.of();

    RememberedPeers(ProxyOptions options) {
        this.dataDir = options.dataDir().map(DataDir::of).orElse(null);
        this.source = options.discovery();
    }

    /** Nothing is stored after this returns. May be called by any thread. */
    void close() {
        if (dataDir != null) {
            dataDir.stopStoring();
        }
    }

    /** The peers stored before the restart, on the first call; empty afterwards or if there are none. */
    Optional<Peers> recall() {
        if (dataDir == null || recalled) {
            return Optional.empty();
        }
        recalled = true;
        remembered = dataDir.rememberedPeers();
        if (remembered.isEmpty()) {
            return Optional.empty();
        }
        log.warn(
                "The peers remembered in {} are asked first, [{}]; {} is ignored unless none of them answers",
                dataDir,
                ShortList.join(remembered, ", "),
                DiscoveryContext.nameOf(source));
        Optional<String> serverName =
                source instanceof DnsSrvDiscovery srv ? srv.serverName(remembered) : Optional.empty();
        return Optional.of(new Peers(remembered, Peers.Port.PEER, serverName));
    }

    /** Stores the peers if they have changed. A failure, such as a full disk, is only logged. */
    void remember(Peers peers) {
        if (dataDir == null || peers.port() == Peers.Port.CLIENT || peers.urls().equals(remembered)) {
            return;
        }
        try {
            dataDir.remember(peers.urls());
            remembered = peers.urls();
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                log.warn(
                        "The peers can't be remembered in {} ({}); trying again at each refresh. Until then a restart may use"
                                + " outdated peers",
                        dataDir,
                        ErrorText.of(e));
            }
            failed = true;
        }
    }
}
