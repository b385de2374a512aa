/**
 * The proxy's options: {@link io.github.etcdproxy.options.ProxyOptions}, validated when built. Names, defaults and
 * units are those of etcd's flags. Precedence is etcd's: flags over environment variables ({@link
 * io.github.etcdproxy.options.EtcdFlags}), and of several sources of peers the token, then DNS SRV records, then the
 * initial cluster ({@code DiscoveryPrecedence}).
 */
@NullMarked
package io.github.etcdproxy.options;

import org.jspecify.annotations.NullMarked;
