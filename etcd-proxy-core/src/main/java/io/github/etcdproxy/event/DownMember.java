package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.Objects;

/**
 * A member that is tried last from now on. Immutable.
 *
 * @since 0.1
 */
public final class DownMember {
    private final EtcdUrl clientUrl;
    private final String reason;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param clientUrl the member's client URL
     * @param reason a sentence on one line
     */
    public DownMember(EtcdUrl clientUrl, String reason) {
        this.clientUrl = clientUrl;
        this.reason = reason;
    }

    /**
     * The member.
     *
     * @return the member's client URL
     */
    public EtcdUrl clientUrl() {
        return clientUrl;
    }

    /**
     * Why the member is down.
     *
     * @return a sentence on one line
     */
    public String reason() {
        return reason;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DownMember that && clientUrl.equals(that.clientUrl) && reason.equals(that.reason);
    }

    @Override
    public int hashCode() {
        return Objects.hash(clientUrl, reason);
    }

    @Override
    public String toString() {
        return "DownMember[" + clientUrl + ", " + reason + "]";
    }
}
