/** JSON as others wrote it: read without trust. */
@NullMarked
package io.github.etcdproxy.json;

import org.jspecify.annotations.NullMarked;
