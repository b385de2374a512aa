package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A modular application compiles against the library with only its compile-scope dependencies. */
class ModularConsumerTest {

    @Test
    void modularApplication_compilesWithCompileScope(@TempDir Path directory) throws Exception {
        Path module = Files.writeString(
                directory.resolve("module-info.java"), "module app { requires io.github.etcdproxy.okhttp; }");
        Path main = Files.createDirectory(directory.resolve("app")).resolve("Main.java");
        Files.writeString(main, """
                package app;
                import io.github.etcdproxy.discovery.PeerDiscovery;
                import io.github.etcdproxy.okhttp.EtcdProxy;
                class Main {
                    okhttp3.OkHttpClient client() {
                        return EtcdProxy.builder().discovery(PeerDiscovery.localhost()).start().wrap(new okhttp3.OkHttpClient());
                    }
                }
                """);
        String modulePath = Stream.of(System.getProperty("jdk.module.path", "").split(File.pathSeparator, -1))
                .filter(entry -> !entry.contains("jspecify"))
                .collect(Collectors.joining(File.pathSeparator));
        StringWriter output = new StringWriter();
        int exitCode = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(
                        new PrintWriter(output),
                        new PrintWriter(output),
                        "--module-path",
                        modulePath,
                        "-d",
                        directory.toString(),
                        module.toString(),
                        main.toString());
        assertThat(exitCode).as(output.toString()).isZero();
    }
}
