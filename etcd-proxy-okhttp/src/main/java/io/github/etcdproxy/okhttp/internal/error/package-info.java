/**
 * The responses of the proxy itself if no member gives one: 501, 502, 503, 504 and 508. Start at {@link
 * io.github.etcdproxy.okhttp.internal.error.ProxyError}; {@code GrpcErrorResponse} is its form for gRPC callers.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.error;

import org.jspecify.annotations.NullMarked;
