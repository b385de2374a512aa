/**
 * Which client URLs a call should try, in which order. Start at {@link io.github.etcdproxy.registry.ClientUrlRegistry}.
 *
 * <p>{@code HangDetector} notices members that fall silent while calls wait for them, and {@code RecoveryProber} probes
 * those that are down until they are back. The refresh and the snapshot are in packages that are not exported.
 */
@NullMarked
package io.github.etcdproxy.registry;

import org.jspecify.annotations.NullMarked;
