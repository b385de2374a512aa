package io.github.etcdproxy.internal.members;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.OpenFileLimit;
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

    /** What a probe found out. */
    public enum Verdict {
        /** The member answered. */
        ALIVE,
        /** The member could not be reached, or did not answer in time. */
        DEAD,
        /** The probe could not be sent because this process can open no more files. */
        INCONCLUSIVE
    }

    /**
     * The result of a probe.
     *
     * @param verdict what it found out
     * @param reason why the member is not known to be alive, in a line for an operator; empty if it is
     */
    public record Result(Verdict verdict, String reason) {}

    /**
     * Asks a member. Blocks the calling thread, for the timeout at most.
     *
     * @param clientUrl where to ask
     * @return {@link Verdict#ALIVE} for any HTTP answer, also an error
     */
    public Result probe(EtcdUrl clientUrl) {
        try {
            PeerRequest.get(clientUrl.resolve("/version"), timeout)
                    .sendBy(transport)
                    .close();
            return new Result(Verdict.ALIVE, "");
        } catch (IOException e) {
            return new Result(OpenFileLimit.isReached(e) ? Verdict.INCONCLUSIVE : Verdict.DEAD, ErrorText.of(e));
        } catch (Error e) { // of a part that the user gave: whoever waits for the result must get one
            return new Result(Verdict.DEAD, "the probe threw " + e);
        }
    }
}
