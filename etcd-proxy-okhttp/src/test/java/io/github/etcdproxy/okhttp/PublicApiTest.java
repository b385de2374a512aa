package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.registry.ClientUrlRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The public API of each module is the one that is checked in. After a change on purpose, copy the file that the
 * failure names.
 */
class PublicApiTest {

    @ParameterizedTest
    @ValueSource(classes = {ClientUrlRegistry.class, EtcdProxy.class})
    void publicApi_isTheOneCheckedIn(Class<?> ofModule) throws Exception {
        String module = ofModule == EtcdProxy.class ? "etcd-proxy-okhttp" : "etcd-proxy-core";
        String api = dump(ofModule);
        Path found = Path.of("target", module + ".api");
        Files.createDirectories(found.toAbsolutePath().getParent());
        Files.writeString(found, api);

        assertThat(api)
                .as("copy etcd-proxy-okhttp/%s to %s/api if the change is meant", found, module)
                .isEqualTo(Files.readString(Path.of("..", module, "api", module + ".api")));
    }

    /** The exported types of a module, each with what a subclass or another package can use. */
    private static String dump(Class<?> ofModule) throws Exception {
        URI location =
                ofModule.getProtectionDomain().getCodeSource().getLocation().toURI();
        Path path = Path.of(location);
        if (Files.isDirectory(path)) {
            return dump(path);
        }
        try (FileSystem jar = FileSystems.newFileSystem(path)) {
            return dump(jar.getPath("/"));
        }
    }

    private static String dump(Path root) throws IOException {
        Set<String> exported;
        try (InputStream in = Files.newInputStream(root.resolve("module-info.class"))) {
            exported = ModuleDescriptor.read(in).exports().stream()
                    .filter(export -> !export.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toSet());
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> exported.contains(name.substring(0, name.lastIndexOf('.'))))
                    .sorted()
                    .map(PublicApiTest::load)
                    .filter(PublicApiTest::isVisible)
                    .map(PublicApiTest::describe)
                    .collect(Collectors.joining("\n"));
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublicApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private static boolean isVisible(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return isVisible(type.getModifiers())
                && !type.isAnonymousClass()
                && !type.isLocalClass()
                && (outer == null || isVisible(outer));
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String describe(Class<?> type) {
        TreeSet<String> members = new TreeSet<>();
        for (Field field : type.getDeclaredFields()) {
            if (isPart(field)) {
                members.add("field " + modifiers(field) + name(field.getGenericType()) + " " + field.getName());
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isPart(constructor)) {
                members.add("new" + parameters(constructor));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isPart(method) && !method.isBridge()) {
                members.add(modifiers(method) + name(method.getGenericReturnType()) + " " + method.getName()
                        + parameters(method));
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add(head(type));
        members.forEach(member -> lines.add("    " + member));
        return String.join("\n", lines) + "\n";
    }

    private static boolean isPart(Member member) {
        return isVisible(member.getModifiers()) && !member.isSynthetic();
    }

    private static String head(Class<?> type) {
        String kind = type.isRecord() ? "record" : type.isEnum() ? "enum" : type.isInterface() ? "interface" : "class";
        boolean isFinal = kind.equals("class") && Modifier.isFinal(type.getModifiers());
        String head = (isFinal ? "final " : "") + kind + " " + type.getName();
        List<String> supertypes = new ArrayList<>();
        if (kind.equals("class") && type.getSuperclass() != Object.class) {
            supertypes.add(name(type.getGenericSuperclass()));
        }
        Arrays.stream(type.getGenericInterfaces()).map(PublicApiTest::name).forEach(supertypes::add);
        return supertypes.isEmpty() ? head : head + " : " + String.join(", ", supertypes);
    }

    private static String modifiers(Member member) {
        int modifiers = member.getModifiers() & (Modifier.PROTECTED | Modifier.STATIC | Modifier.ABSTRACT);
        return modifiers == 0 ? "" : Modifier.toString(modifiers) + " ";
    }

    private static String parameters(Executable executable) {
        String thrown = Arrays.stream(executable.getGenericExceptionTypes())
                .map(PublicApiTest::name)
                .collect(Collectors.joining(", "));
        return Arrays.stream(executable.getGenericParameterTypes())
                        .map(PublicApiTest::name)
                        .collect(Collectors.joining(", ", "(", ")"))
                + (thrown.isEmpty() ? "" : " throws " + thrown);
    }

    /** Without the packages of the JDK's best known types. */
    private static String name(Type type) {
        return type.getTypeName().replaceAll("\\bjava\\.(lang|util|time|io)\\.(?=[A-Z])", "");
    }
}
