package io.github.etcdproxy.registry;

import io.github.etcdproxy.internal.members.MemberProbe;
import io.github.etcdproxy.net.EtcdUrl;

/** Where those who find out about members report it. Thread safe. */
interface MemberStateSink {
    /** A member has responded to something that began at the given reading of the ticker. */
    void responded(EtcdUrl url, long beganAt);

    /** A member has failed; the probe is the way to find out when it is back. */
    void failed(EtcdUrl url, String reason, MemberProbe probe);

    /** Whether a URL is still one of the members'. */
    boolean isKnown(EtcdUrl url);

    /** Whether the registry has been closed. */
    boolean isClosed();
}
