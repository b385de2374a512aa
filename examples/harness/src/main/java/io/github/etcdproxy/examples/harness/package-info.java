/**
 * How an integration-test harness embeds the proxy. Start at {@link
 * io.github.etcdproxy.examples.harness.EtcdProxyExtension}.
 */
@NullMarked
package io.github.etcdproxy.examples.harness;

import org.jspecify.annotations.NullMarked;
