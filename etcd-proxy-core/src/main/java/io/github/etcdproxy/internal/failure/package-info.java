/** Says in a sentence what an exception means. Start at {@link io.github.etcdproxy.internal.failure.ErrorText}. */
@NullMarked
package io.github.etcdproxy.internal.failure;

import org.jspecify.annotations.NullMarked;
