package io.github.etcdproxy.registry;

import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;

/** Receives what attempts and probes find out about members. Thread safe. */
interface MemberStateSink {
    /** A member responded to a request that began at the given reading of the ticker. */
    void responded(EtcdUrl url, long beganAt);

    /** A member failed; the probe can check when it is back. */
    void failed(EtcdUrl url, String reason, MemberProbe probe);

    /** Whether a URL is still a member's. */
    boolean isKnown(EtcdUrl url);

    /** Whether the registry has been closed. */
    boolean isClosed();
}
