package io.github.etcdproxy.okhttp;

/**
 * What the caller knows about a request beyond its contents. Set it as a tag:
 *
 * <pre>{@code
 * new Request.Builder().url(url).put(body).tag(FailoverPolicy.class, FailoverPolicy.REPEATABLE).build();
 * }</pre>
 *
 * Without the tag, a failed read is sent to the next member, and a failed write only if nothing of it was sent.
 *
 * @since 0.1
 */
public enum FailoverPolicy {
    /**
     * The request may be applied more than once: a PUT of the same value, or one guarded by {@code prevIndex}. It is
     * sent to the next member like a read, provided that its body can be written again.
     */
    REPEATABLE,
    /** The request is for one member only: if that does not respond, no other is tried. */
    NEVER
}
