/** A demonstration, step by step. Start at {@link io.github.etcdproxy.examples.quickstart.Tour}. */
@NullMarked
package io.github.etcdproxy.examples.quickstart;

import org.jspecify.annotations.NullMarked;
