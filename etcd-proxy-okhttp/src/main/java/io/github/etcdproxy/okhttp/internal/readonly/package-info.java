/**
 * Read-only mode. Start at {@link io.github.etcdproxy.okhttp.internal.readonly.ReadOnlyGuard}, which lets only reads
 * pass; {@code ClassifiedRequest} tells a read from a write, by the table of the core, and buffers the body that it
 * had to look at.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.readonly;

import org.jspecify.annotations.NullMarked;
