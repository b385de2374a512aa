/** How the wrapped client is used by what sits on OkHttp: each class is a recipe, with a test on real etcd. */
@NullMarked
package io.github.etcdproxy.examples.recipes;

import org.jspecify.annotations.NullMarked;
