package io.github.etcdproxy.cluster;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.time.Duration;

/**
 * Finds out whether a member is alive. Thread safe.
 *
 * <p>It asks for {@code /version}, which etcd answers from memory: unlike {@code /health}, it costs the cluster no raft
 * read, and a member without a leader, which still serves reads, counts as alive.
 */
public final class MemberProbe {
    private final PeerTransport transport;
    private final Duration timeout;

    /**
     * Creates a probe.
     *
     * @param transport reaches the members' client ports
     * @param timeout bounds each probe
     */
    public MemberProbe(PeerTransport transport, Duration timeout) {
        this.transport = transport;
        this.timeout = timeout;
    }

    /**
     * How long a probe may take.
     *
     * @return the timeout
     */
    public Duration timeout() {
        return timeout;
    }

    /**
     * Returns if a member is alive: any HTTP answer at its client URL counts, also an error. Blocks the calling thread.
     *
     * @param clientUrl where to ask
     * @throws IOException if it did not answer within the timeout
     */
    public void probe(EtcdUrl clientUrl) throws IOException {
        MembersClient.send(transport, new PeerRequest(clientUrl.resolve("/version"), timeout))
                .close();
    }
}
