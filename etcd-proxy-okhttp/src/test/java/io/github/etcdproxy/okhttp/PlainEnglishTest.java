package io.github.etcdproxy.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks the wording and the line length of the repository's sources and documentation. */
class PlainEnglishTest {
    private static final int MAX_COLUMNS = 120;
    private static final Set<String> SKIPPED_FOLDERS = Set.of("target", ".git", "node_modules");
    private static final Pattern SOURCE = Pattern.compile(".*\\.(java|md|sh|xml)|.*/\\.ci/run");

    /** A phrase may continue on the next line of a comment. */
    private static final Pattern BANNED = Pattern.compile(
            Stream.of(
                            "astray",
                            "mend",
                            "mends",
                            "mended",
                            "unserved",
                            "anew",
                            "somebody",
                            "whoever",
                            "of the moment",
                            "in vain",
                            "whose fault",
                            "in a row",
                            "it is told",
                            "from one life to the next",
                            // American spelling, as in the JDK and OkHttp
                            "behaviour",
                            "favour",
                            "honour",
                            "normalise",
                            "recognise",
                            "recognised")
                    .map(phrase -> phrase.replace(" ", "\\s+(?:(?:\\*|//|#)\\s+)?"))
                    .collect(Collectors.joining("|", "\\b(?:", ")\\b")),
            Pattern.CASE_INSENSITIVE);

    private static final Pattern JAVA_COMMENT = Pattern.compile("\\s*(\\*|/\\*|//).*");

    /** A line without a place to break it: one word, or one link or image. */
    private static final Pattern UNBREAKABLE =
            Pattern.compile("\\s*(?:(?:\\*|//|-)\\s+)?(?:\\S+|!?\\[[^]]*]\\([^)]*\\)[.,;:]?)\\s*");

    private final Path root = root();

    @Test
    void sources_haveNoBannedWords() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            String text = Files.readString(file);
            Matcher banned = BANNED.matcher(text);
            while (banned.find()) {
                long linesBefore = text.substring(0, banned.start())
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
                found.add(at(file, linesBefore + 1) + banned.group());
            }
        }

        assertThat(found).isEmpty();
    }

    @Test
    void commentsAndMarkdown_endBeforeColumn120() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (isTooLong(file, lines.get(i))) {
                    found.add(at(file, i + 1) + lines.get(i).length() + " columns");
                }
            }
        }

        assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"how to MEND it", "twice in a row", "// twice in a\n    // row", " * in\n * vain"})
    void bannedPhrase_isFound(String text) {
        assertThat(BANNED.matcher(text).find()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"amendment", "recommended", "in a browser", "WhoseFaultTest"})
    void partOfAnotherWord_isNotBanned(String text) {
        assertThat(BANNED.matcher(text).find()).isFalse();
    }

    private List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return SKIPPED_FOLDERS.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                boolean isThisTest = file.endsWith(PlainEnglishTest.class.getSimpleName() + ".java");
                if (!isThisTest
                        && SOURCE.matcher(file.toString().replace('\\', '/')).matches()) {
                    sources.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        assertThat(sources).as("sources in " + root).hasSizeGreaterThan(100);
        return sources;
    }

    private static boolean isTooLong(Path file, String line) {
        if (line.length() <= MAX_COLUMNS || UNBREAKABLE.matcher(line).matches()) {
            return false;
        }
        return file.toString().endsWith(".md")
                ? !line.stripLeading().startsWith("|")
                : file.toString().endsWith(".java")
                        && JAVA_COMMENT.matcher(line).matches();
    }

    private String at(Path file, long line) {
        return root.relativize(file) + ":" + line + ": ";
    }

    private static Path root() {
        return rootAbove(Path.of("").toAbsolutePath());
    }

    private static Path rootAbove(@Nullable Path folder) {
        Path candidate = Objects.requireNonNull(folder, "the working directory is not in the repository");
        return Files.exists(candidate.resolve("etcd-proxy-core")) && Files.exists(candidate.resolve("README.md"))
                ? candidate
                : rootAbove(candidate.getParent());
    }
}
