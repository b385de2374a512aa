/** Uses of the wrapped client by libraries on top of OkHttp: each class is a recipe, with a test on real etcd. */
@NullMarked
package io.github.etcdproxy.examples.recipes;

import org.jspecify.annotations.NullMarked;
