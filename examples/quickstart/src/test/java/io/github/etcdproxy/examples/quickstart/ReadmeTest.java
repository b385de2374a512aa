package io.github.etcdproxy.examples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** README.md shows the code that the build compiles. */
class ReadmeTest {

    @Test
    void theExampleOfTheReadmeIsTheOneThatIsCompiled() throws Exception {
        String source =
                Files.readString(Path.of("src/test/java/io/github/etcdproxy/examples/quickstart/ReadmeExample.java"));
        String compiled = source.substring(
                        source.indexOf("// README: begin\n") + "// README: begin\n".length(),
                        source.indexOf("\n        // README: end"))
                .stripIndent();

        assertThat(Files.readString(Path.of("../../README.md"))).contains("```java\n" + compiled + "\n```\n");
    }
}
