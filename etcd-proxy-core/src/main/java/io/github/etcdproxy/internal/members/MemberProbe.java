package io.github.etcdproxy.internal.members;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.FailureHint.Server;
import io.github.etcdproxy.internal.failure.OpenFileLimit;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.time.Duration;

/**
 * Checks whether a member is alive. Thread safe.
 *
 * <p>It asks for {@code /version}, which etcd answers from memory: unlike {@code /health}, it does not cost the cluster
 * a raft read, and a member without a leader, which still serves reads, counts as alive.
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
     * The time limit of a probe.
     *
     * @return the timeout
     */
    public Duration timeout() {
        return timeout;
    }

    /** What a probe found. */
    public enum Verdict {
        /** The member answered. */
        ALIVE,
        /** The member could not be reached, by us or by a gateway in front of it, or did not answer in time. */
        DEAD,
        /** The probe could not be sent because this process can open no more files. */
        INCONCLUSIVE
    }

    /**
     * The result of a probe.
     *
     * @param verdict what it found
     * @param reason why the member is not known to be alive, on one line; empty if it is
     */
    public record Result(Verdict verdict, String reason) {}

    /**
     * Probes a member. Blocks the calling thread for at most the timeout.
     *
     * @param clientUrl the member's client URL
     * @return {@link Verdict#ALIVE} for any HTTP response, error statuses included, but for those by which a gateway
     *     in front of the member says that it can't reach it: etcd answers none of them here
     */
    public Result probe(EtcdUrl clientUrl) {
        try (PeerResponse response =
                PeerRequest.get(clientUrl.resolve("/version"), timeout).sendBy(transport)) {
            int status = response.status();
            return status >= 502 && status <= 504
                    ? new Result(Verdict.DEAD, "a gateway in front of it answered " + status)
                    : new Result(Verdict.ALIVE, "");
        } catch (IOException e) {
            return new Result(
                    OpenFileLimit.isReached(e) ? Verdict.INCONCLUSIVE : Verdict.DEAD,
                    ErrorText.of(e, Server.MEMBER, clientUrl.scheme().equals("https")));
        } catch (Error e) { // from user code: the caller still needs a result
            return new Result(Verdict.DEAD, "the probe threw " + e);
        }
    }
}
