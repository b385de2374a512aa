package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;
import java.util.Objects;

/**
 * A call to which a member responded. Immutable.
 *
 * @since 0.1
 */
public final class ForwardedCall {
    private final EtcdUrl clientUrl;
    private final String method;
    private final int status;
    private final int attempts;
    private final Duration time;

    /**
     * Creates one; applications do so in tests only.
     *
     * @param clientUrl the member's client URL
     * @param method the HTTP method
     * @param status the HTTP status of the response
     * @param attempts the number of attempts, the last one included
     * @param time the time from the first attempt to the response
     */
    public ForwardedCall(EtcdUrl clientUrl, String method, int status, int attempts, Duration time) {
        this.clientUrl = clientUrl;
        this.method = method;
        this.status = status;
        this.attempts = attempts;
        this.time = time;
    }

    /**
     * The member that responded.
     *
     * @return the member's client URL
     */
    public EtcdUrl clientUrl() {
        return clientUrl;
    }

    /**
     * The call's HTTP method.
     *
     * @return the HTTP method
     */
    public String method() {
        return method;
    }

    /**
     * The response's HTTP status.
     *
     * @return the HTTP status of the response
     */
    public int status() {
        return status;
    }

    /**
     * How many attempts the call took.
     *
     * @return the number of attempts, the last one included
     */
    public int attempts() {
        return attempts;
    }

    /**
     * How long the call took.
     *
     * @return the time from the first attempt to the response
     */
    public Duration time() {
        return time;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ForwardedCall that
                && clientUrl.equals(that.clientUrl)
                && method.equals(that.method)
                && status == that.status
                && attempts == that.attempts
                && time.equals(that.time);
    }

    @Override
    public int hashCode() {
        return Objects.hash(clientUrl, method, status, attempts, time);
    }

    @Override
    public String toString() {
        return "ForwardedCall[" + clientUrl + ", " + method + ", " + status + ", " + attempts + ", " + time + "]";
    }
}
