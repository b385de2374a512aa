package io.github.etcdproxy.event;

import java.time.Duration;

/**
 * A watch that goes on. Immutable.
 *
 * @param path the path of its request
 * @param from the index of the v2 API, or the revision of the v3 API, from which on the caller had been given nothing; unsigned
 * @param cause why it had broken off, fit for an operator
 * @param gap from the breaking off until a member went on with it
 */
public record ResumedWatch(String path, long from, String cause, Duration gap) {}
