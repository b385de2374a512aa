/**
 * Reads and writes JSON: {@link io.github.etcdproxy.internal.json.JsonValue} and
 * {@link io.github.etcdproxy.internal.json.JsonText}.
 */
@NullMarked
package io.github.etcdproxy.internal.json;

import org.jspecify.annotations.NullMarked;
