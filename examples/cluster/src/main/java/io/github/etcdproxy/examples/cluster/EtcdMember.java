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

    /** Ends the member without warning: its connections are cut. */
    void kill();

    /** Brings the member back, at the same URLs and with what it had stored, and returns when it serves. */
    void restart();
}
