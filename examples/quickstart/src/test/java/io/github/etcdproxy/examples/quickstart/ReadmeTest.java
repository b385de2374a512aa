package io.github.etcdproxy.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** README.md shows the code that the build compiles. */
class ReadmeTest {

    @Test
    void theExamplesOfTheReadmeAreThoseThatAreCompiled() throws Exception {
        String source =
                Files.readString(Path.of("src/test/java/io/github/etcdproxy/examples/quickstart/ReadmeExample.java"));
        List<String> compiled = Pattern.compile("// README: begin\n(.*?)\n *// README: end", Pattern.DOTALL)
                .matcher(source)
                .results()
                .map(match -> "```java\n" + match.group(1).stripIndent() + "\n```")
                .toList();
        String readme = Files.readString(Path.of("../../README.md"));

        assertThat(compiled).hasSize(5).allSatisfy(example -> assertThat(readme).contains(example));
        assertThat(readme.split("```java", -1)).hasSize(compiled.size() + 1);
    }
}
