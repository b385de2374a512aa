/**
 * A small program for each kind of user: Retrofit, Spring Boot, the v3 JSON gateway, gRPC, jetcd and java.net.http;
 * Kotlin in {@code src/main/kotlin} and virtual threads in {@code src/main/java21}. Java modules are in {@code
 * examples/modular}, JUnit in {@code examples/harness}. Each takes an {@code initial-cluster} as its argument, and a
 * test runs it on real etcd; Spring Boot's takes properties.
 */
@NullMarked
package io.github.etcdproxy.examples.recipes.programs;

import org.jspecify.annotations.NullMarked;
