package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;

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
    public String toString() {
        return "RecoveredMember[" + clientUrl + "]";
    }
}
