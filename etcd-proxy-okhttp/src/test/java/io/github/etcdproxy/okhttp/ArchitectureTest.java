package io.github.etcdproxy.okhttp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import io.github.etcdproxy.registry.ClientUrlRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Data goes one way: a package knows those before it, never those behind. */
class ArchitectureTest {
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
    void packagesDependInOneDirection() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("net")
                .definedBy("io.github.etcdproxy.net")
                .layer("json")
                .definedBy("io.github.etcdproxy.json")
                .layer("datadir")
                .definedBy("io.github.etcdproxy.datadir")
                .layer("time")
                .definedBy("io.github.etcdproxy.time")
                .layer("mode")
                .definedBy("io.github.etcdproxy.mode")
                .layer("discovery")
                .definedBy("io.github.etcdproxy.discovery")
                .layer("cluster")
                .definedBy("io.github.etcdproxy.cluster")
                .layer("event")
                .definedBy("io.github.etcdproxy.event")
                .layer("promotion")
                .definedBy("io.github.etcdproxy.promotion")
                .layer("options")
                .definedBy("io.github.etcdproxy.options")
                .layer("registry")
                .definedBy("io.github.etcdproxy.registry")
                .layer("okhttp")
                .definedBy("io.github.etcdproxy.okhttp")
                .whereLayer("okhttp")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("registry")
                .mayOnlyBeAccessedByLayers("okhttp")
                .whereLayer("options")
                .mayOnlyBeAccessedByLayers("registry", "okhttp")
                .whereLayer("event")
                .mayOnlyBeAccessedByLayers("options", "registry", "okhttp")
                .whereLayer("cluster")
                .mayOnlyBeAccessedByLayers("promotion", "event", "registry")
                .whereLayer("promotion")
                .mayOnlyBeAccessedByLayers("okhttp")
                .whereLayer("discovery")
                .mayOnlyBeAccessedByLayers("cluster", "promotion", "options", "registry", "okhttp")
                .whereLayer("datadir")
                .mayOnlyBeAccessedByLayers("promotion", "options", "registry", "okhttp")
                .whereLayer("json")
                .mayOnlyBeAccessedByLayers("datadir", "discovery", "cluster", "promotion")
                .whereLayer("time")
                .mayOnlyBeAccessedByLayers("discovery", "promotion", "registry", "okhttp")
                .whereLayer("json")
                .mayNotAccessAnyLayer()
                .whereLayer("net")
                .mayNotAccessAnyLayer()
                .whereLayer("mode")
                .mayNotAccessAnyLayer()
                .check(library);
        slices().matching("io.github.etcdproxy.(*)").should().beFreeOfCycles().check(library);
    }

    @Test
    void theCoreHasNoHttpClient() {
        classes()
                .that()
                .resideOutsideOfPackage("io.github.etcdproxy.okhttp")
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
                        "org.jspecify..")
                .check(library);
    }
}
