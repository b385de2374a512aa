/**
 * Which client URLs a call should try, in which order. Start at {@link io.github.etcdproxy.registry.ClientUrlRegistry}.
 *
 * <p>Inside, {@code RefreshLoop} runs {@code MembersRefresh} at the times that {@code RefreshSchedule} gives, {@code ClusterIdRule}
 * and {@code TrustRules} drop what must not be used, {@code LastKnownGood} holds the one snapshot that all calls read, {@code CallOrder} and
 * {@code Outage} are the pure functions by which it changes, {@code HangDetector}
 * notices members that fall silent while calls wait for them, and {@code HealthProbe} brings failed members back.
 */
@NullMarked
package io.github.etcdproxy.registry;

import org.jspecify.annotations.NullMarked;
