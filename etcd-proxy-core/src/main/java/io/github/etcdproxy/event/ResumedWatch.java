package io.github.etcdproxy.event;

import java.time.Duration;

/**
 * A watch that was resumed. Immutable.
 *
 * @param path the path of its request
 * @param from the v2 index or v3 revision of the first event that the caller had not received; unsigned
 * @param cause why it broke off, on one line
 * @param gap the time from the failure until a member served the watch again
 */
public record ResumedWatch(String path, long from, String cause, Duration gap) {}
