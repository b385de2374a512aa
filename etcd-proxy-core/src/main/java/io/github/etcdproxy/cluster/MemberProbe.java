package io.github.etcdproxy.cluster;

import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

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
     * Asks a member. Blocks the calling thread, for the timeout at most.
     *
     * @param clientUrl where to ask
     * @return empty if the member is alive: any HTTP answer counts, also an error; else why it is not, fit for an operator
     */
    public Optional<String> failure(EtcdUrl clientUrl) {
        try {
            PeerRequest.get(clientUrl.resolve("/version"), timeout)
                    .sendBy(transport)
                    .close();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(Reason.of(e));
        } catch (Error e) { // of a part that the user gave: whoever waits for the result must get one
            return Optional.of("the probe threw " + e);
        }
    }
}
