/**
 * Name resolution that ends: {@link io.github.etcdproxy.okhttp.internal.dns.BoundedDns} bounds it by the dial
 * timeout, and ends it when its call is canceled.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.dns;

import org.jspecify.annotations.NullMarked;
