/**
 * What a proxy does to requests and responses: {@link io.github.etcdproxy.okhttp.internal.http.Via} and
 * {@link io.github.etcdproxy.okhttp.internal.http.HopByHopHeaders} (RFC 9110), the URL of the member, and what a
 * request does.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.http;

import org.jspecify.annotations.NullMarked;
