package io.github.etcdproxy.okhttp;

/**
 * What the caller knows about a request that cannot be seen by looking at it. Set as a tag:
 *
 * <pre>{@code
 * new Request.Builder().url(url).put(body).tag(FailoverPolicy.class, FailoverPolicy.REPEATABLE).build();
 * }</pre>
 *
 * Without the tag, a read goes on to the next member whenever one fails, and a write only if nothing of it was sent.
 */
public enum FailoverPolicy {
    /**
     * The request may be carried out more than once: a PUT of the same value, or one that {@code prevIndex} guards. It goes on
     * to the next member like a read, provided that its body can be written again.
     */
    REPEATABLE,
    /** The request is for one member: if that gives no response, no other is tried. */
    NEVER
}
