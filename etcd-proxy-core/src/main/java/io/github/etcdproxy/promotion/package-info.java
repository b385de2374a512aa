/**
 * How a proxy becomes a member of its cluster: {@link io.github.etcdproxy.promotion.PromotionRequest}. {@code
 * PromotionSequence} has the steps.
 */
@NullMarked
package io.github.etcdproxy.promotion;

import org.jspecify.annotations.NullMarked;
