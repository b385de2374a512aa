package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A class path on which an older OkHttp comes first, as Retrofit 3 brings one. */
class OldOkHttpTest {

    @Test
    void oldOkHttp_isReported() throws Exception {
        List<URL> classPath = new ArrayList<>();
        try (Stream<Path> old = Files.list(Path.of(System.getProperty("old.okhttp.directory")))) {
            for (Path jar : old.toList()) {
                classPath.add(jar.toUri().toURL());
            }
        }
        assertThat(classPath).isNotEmpty();
        for (String property : List.of("java.class.path", "jdk.module.path")) {
            for (String entry : System.getProperty(property, "").split(File.pathSeparator, -1)) {
                classPath.add(Path.of(entry).toUri().toURL());
            }
        }
        classPath.add(URI.create(EtcdProxy.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString())
                .toURL());
        // The platform's class loader as a parent would find the test's own modules.
        try (URLClassLoader loader = new URLClassLoader(classPath.toArray(URL[]::new), null)) {
            Object builder = loader.loadClass(EtcdProxy.class.getName())
                    .getMethod("builder")
                    .invoke(null);

            assertThatThrownBy(() -> builder.getClass().getMethod("start").invoke(builder))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith(
                            "etcd-proxy needs OkHttp 5.4 or newer, but OkHttp 4.12.0 comes first on the class path (file:")
                    .hasMessageEndingWith("okhttp-4.12.0.jar): import com.squareup.okhttp3:okhttp-bom 5.4 or newer,"
                            + " and use okhttp-jvm");
        }
    }
}
