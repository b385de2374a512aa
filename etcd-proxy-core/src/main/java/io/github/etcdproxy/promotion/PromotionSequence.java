package io.github.etcdproxy.promotion;

import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.internal.backoff.Sleeper;
import io.github.etcdproxy.internal.datadir.DataDir;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.flags.NewMember;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.promotion.PromotionException.Done;
import io.github.etcdproxy.time.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The sequence that turns the machine of a proxy into a member, as in etcd's guide (Documentation/v2/proxy.md, "Promote
 * a proxy to a member of etcd cluster"):
 *
 * <ol>
 *   <li>{@link AddMemberStep} adds the member to the cluster.
 *   <li>The proxy is closed.
 *   <li>The proxy's data is removed.
 *   <li>The caller starts {@code etcd} as the {@link PromotedMember} says.
 * </ol>
 *
 * <p>Each step is idempotent: a failed sequence continues where it ended when it is run again.
 *
 * @param request the member to be
 * @param closeProxy closes the proxy
 * @param dataDir the proxy's data directory; empty if it has none
 */
record PromotionSequence(PromotionRequest request, Runnable closeProxy, Optional<Path> dataDir) {

    /** Runs the first three steps. The URLs are the client URLs of members. */
    PromotedMember run(List<EtcdUrl> members, PeerTransport transport, Ticker ticker, Sleeper sleeper)
            throws PromotionException, InterruptedException {
        NewMember member = new NewMember(request.name(), request.peerUrls());
        String initialCluster = new AddMemberStep(
                        member, request.timeout(), Peers.atClientPorts(members), transport, ticker, sleeper)
                .run();
        PromotedMember promoted =
                new PromotedMember(request.name(), request.peerUrls(), request.clientUrls(), initialCluster, dataDir);
        closeProxy.run();
        if (dataDir.isPresent()) {
            removeData(dataDir.get(), promoted);
        }
        return promoted;
    }

    private static void removeData(Path directory, PromotedMember promoted) throws PromotionException {
        try {
            DataDir.of(directory).forgetProxy();
        } catch (IOException e) {
            throw new PromotionException(
                    Done.PROXY_CLOSED,
                    "The member " + promoted.name()
                            + " has been added and the proxy is closed, but what it remembered can't be"
                            + " removed from " + directory.resolve("proxy") + " (" + ErrorText.of(e)
                            + "): remove it, then start the member: " + String.join(" ", promoted.commandLine()),
                    e);
        }
    }
}
