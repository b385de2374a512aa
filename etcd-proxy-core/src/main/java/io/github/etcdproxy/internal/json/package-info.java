/** Reads JSON that others wrote. Start at {@link io.github.etcdproxy.internal.json.JsonValue}. */
@NullMarked
package io.github.etcdproxy.internal.json;

import org.jspecify.annotations.NullMarked;
