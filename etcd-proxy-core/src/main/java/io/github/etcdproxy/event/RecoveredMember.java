package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.Objects;

/**
 * A member that was down and serves again. Immutable.
 *
 * @since 0.1
 */
public final class RecoveredMember {
    private final EtcdUrl clientUrl;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param clientUrl the member's client URL
     */
    public RecoveredMember(EtcdUrl clientUrl) {
        this.clientUrl = clientUrl;
    }

    /**
     * The member.
     *
     * @return the member's client URL
     */
    public EtcdUrl clientUrl() {
        return clientUrl;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecoveredMember that && clientUrl.equals(that.clientUrl);
    }

    @Override
    public int hashCode() {
        return Objects.hash(clientUrl);
    }

    @Override
    public String toString() {
        return "RecoveredMember[" + clientUrl + "]";
    }
}
