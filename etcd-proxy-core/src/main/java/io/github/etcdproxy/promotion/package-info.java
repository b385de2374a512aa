/** How a proxy becomes a member: {@link io.github.etcdproxy.promotion.Promotion}. */
@NullMarked
package io.github.etcdproxy.promotion;

import org.jspecify.annotations.NullMarked;
