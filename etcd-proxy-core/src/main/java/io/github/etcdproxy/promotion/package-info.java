/** How a proxy becomes a member: {@link io.github.etcdproxy.promotion.PromotionRequest}. */
@NullMarked
package io.github.etcdproxy.promotion;

import org.jspecify.annotations.NullMarked;
