/**
 * Which client URLs a call should try, in which order. Start at {@link io.github.etcdproxy.registry.ClientUrlRegistry}.
 *
 * <p>{@code HangDetector} notices members that fall silent while calls wait for them, and {@code RecoveryProber} brings
 * failed members back. The refresh and the snapshot are in packages that are not exported.
 */
@NullMarked
package io.github.etcdproxy.registry;

import org.jspecify.annotations.NullMarked;
