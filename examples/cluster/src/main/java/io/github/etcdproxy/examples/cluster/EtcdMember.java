package io.github.etcdproxy.examples.cluster;

/** A member that can be killed and come back at the same URLs. */
public interface EtcdMember {

    /**
     * The member's name.
     *
     * @return for example {@code infra0}
     */
    String name();

    /**
     * Where its peers reach it.
     *
     * @return a URL
     */
    String peerUrl();

    /**
     * Where clients reach it.
     *
     * @return a URL
     */
    String clientUrl();

    /** Kills the member: its connections are cut. */
    void kill();

    /** Restarts the member, at the same URLs and with its data, and returns when it serves. */
    void restart();
}
