package io.github.etcdproxy.okhttp;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.squareup.moshi.JsonReader;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Data flows one way: a package knows those before it, never those behind. */
class ArchitectureTest {
    private static final String ROOT = "io.github.etcdproxy.";

    /**
     * Every arrow between two packages. A new one is a decision: add it here, if it leads in the direction of the flow.
     */
    private static final String ARROWS = """
            cluster -> net
            discovery -> internal.backoff, internal.failure, internal.flags, internal.json, net
            event -> cluster, net
            internal.datadir -> internal.failure, internal.json, net
            internal.flags -> net
            internal.members -> cluster, discovery, internal.failure, internal.json, net
            internal.readonly -> mode
            internal.refresh -> cluster, discovery, event, internal.backoff, internal.datadir, internal.failure, \
            internal.members, internal.snapshot, net, options, time
            internal.snapshot -> cluster, internal.backoff, net
            net -> internal.failure
            okhttp -> discovery, event, mode, okhttp.internal.attempt, okhttp.internal.call, okhttp.internal.cancel, \
            okhttp.internal.http, okhttp.internal.peer, okhttp.internal.socket, okhttp.internal.watch, options, \
            promotion, registry, time
            okhttp.internal.attempt -> event, internal.failure, internal.readonly, net, okhttp.internal.cancel, \
            okhttp.internal.dns, okhttp.internal.error, okhttp.internal.failover, okhttp.internal.http, \
            okhttp.internal.readonly, okhttp.internal.redirect, okhttp.internal.socket, okhttp.internal.watch, \
            options, registry
            okhttp.internal.call -> internal.json, net, okhttp.internal.attempt, okhttp.internal.cancel, \
            okhttp.internal.error, okhttp.internal.failover, okhttp.internal.http, okhttp.internal.readonly, \
            okhttp.internal.socket, okhttp.internal.watch, options, registry
            okhttp.internal.cancel -> time
            okhttp.internal.dns -> internal.failure, okhttp.internal.cancel, time
            okhttp.internal.error -> event, internal.json, internal.readonly, net, okhttp.internal.http, \
            okhttp.internal.readonly
            okhttp.internal.failover -> event, internal.failure, internal.json, internal.readonly, net, \
            okhttp.internal.dns, okhttp.internal.http, okhttp.internal.readonly, okhttp.internal.redirect
            okhttp.internal.http -> net
            okhttp.internal.peer -> internal.failure, net, okhttp.internal.cancel, okhttp.internal.dns, time
            okhttp.internal.readonly -> internal.readonly, mode, options
            okhttp.internal.redirect -> net, okhttp.internal.http
            okhttp.internal.socket -> okhttp.internal.cancel, okhttp.internal.dns, options, time
            okhttp.internal.watch -> event, internal.backoff, internal.json, okhttp.internal.cancel, \
            okhttp.internal.failover, okhttp.internal.http, okhttp.internal.readonly
            options -> discovery, event, internal.datadir, internal.failure, internal.flags, mode, net
            promotion -> cluster, discovery, internal.backoff, internal.datadir, internal.failure, internal.flags, \
            internal.json, internal.members, net, time
            registry -> discovery, event, internal.failure, internal.members, internal.refresh, internal.snapshot, \
            mode, net, options, time
            """;

    /** What the internal packages of the okhttp module may use of the exported one, which itself is made of them. */
    private static final Set<String> SHARED = Set.of("okhttp.EtcdProxyException", "okhttp.FailoverPolicy");

    private static JavaClasses library;

    @BeforeAll
    static void read() throws Exception {
        library = new ClassFileImporter()
                .importLocations(List.of(locationOf(ClientUrlRegistry.class), locationOf(EtcdProxy.class)));
        assertThat(library).hasSizeGreaterThan(30);
    }

    /** Where a class was loaded from: a folder, or a jar that has been packaged already. */
    private static Location locationOf(Class<?> type) throws Exception {
        Path path =
                Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        return Files.isDirectory(path) ? Location.of(path) : Location.of(new JarFile(path.toFile()));
    }

    @Test
    void packages_haveTheseArrowsOnly() {
        TreeMap<String, Set<String>> arrows = new TreeMap<>();
        for (JavaClass type : library) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                String from = room(type);
                String to = room(target);
                if (target.getName().startsWith(ROOT) && !from.equals(to) && !isShared(target)) {
                    arrows.computeIfAbsent(from, key -> new TreeSet<>()).add(to);
                }
            }
        }
        assertThat(arrows.entrySet().stream()
                        .map(arrow -> arrow.getKey() + " -> " + String.join(", ", arrow.getValue()))
                        .collect(Collectors.joining("\n", "", "\n")))
                .isEqualTo(ARROWS);
    }

    private static String room(JavaClass type) {
        String name = type.getPackageName() + ".";
        return name.startsWith(ROOT) ? name.substring(ROOT.length(), name.length() - 1) : name;
    }

    private static boolean isShared(JavaClass type) {
        return type.getName().startsWith(ROOT) && SHARED.contains(type.getName().substring(ROOT.length()));
    }

    @Test
    void packages_haveNoCycles() {
        slices().matching("io.github.etcdproxy.(**)")
                .should()
                .beFreeOfCycles()
                .ignoreDependency(alwaysTrue(), describe("shared", ArchitectureTest::isShared))
                .check(library);
    }

    @Test
    void core_hasNoHttpClient() {
        classes()
                .that()
                .resideOutsideOfPackage("io.github.etcdproxy.okhttp..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "javax.net.ssl..",
                        "io.github.etcdproxy..",
                        "com.squareup.moshi..",
                        "okio..",
                        "org.xbill.DNS..",
                        "org.slf4j..",
                        "com.google.errorprone.annotations..",
                        "org.jspecify..")
                .check(library);
    }

    /** The others need a call's or a message's text as it is, or decide on a call before its body is read whole. */
    @Test
    void json_isReadByOneClass() {
        assertThat(library.stream()
                        .filter(type -> type.getMethodCallsFromSelf().stream()
                                .anyMatch(call -> call.getTargetOwner().isEquivalentTo(JsonReader.class)))
                        .map(type -> type.getName().substring(ROOT.length()).replaceAll("\\$.*", ""))
                        .distinct()
                        .sorted())
                .containsExactly(
                        "internal.json.JsonValue",
                        "internal.readonly.ReadCondition",
                        "okhttp.internal.watch.V3WatchCursor",
                        "okhttp.internal.watch.WatchMessages");
    }
}
