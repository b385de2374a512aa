/**
 * Decides whether a request changes anything. {@link io.github.etcdproxy.internal.readonly.ReadOnlyPolicy} applies
 * the proxy's mode to a {@link io.github.etcdproxy.internal.readonly.RequestKind}; the tables of the v3 API are in
 * {@code V3Reads}.
 */
@NullMarked
package io.github.etcdproxy.internal.readonly;

import org.jspecify.annotations.NullMarked;
