package io.github.etcdproxy.event;

import io.github.etcdproxy.net.EtcdUrl;
import java.time.Duration;

/**
 * A call to which a member responded. Immutable.
 *
 * @param clientUrl the member's client URL
 * @param method the HTTP method
 * @param status the HTTP status of the response
 * @param attempts the number of attempts, this one included
 * @param time from the first attempt to the response
 */
public record ForwardedCall(EtcdUrl clientUrl, String method, int status, int attempts, Duration time) {}
