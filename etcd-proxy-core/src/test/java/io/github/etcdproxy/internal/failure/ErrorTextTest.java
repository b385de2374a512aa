package io.github.etcdproxy.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;

class ErrorTextTest {

    @Test
    void saysWhatHappenedInOneLine() {
        assertThat(ErrorText.of(new EOFException())).isEqualTo("EOFException");
        assertThat(ErrorText.of(new IOException("a\nb"))).isEqualTo("a b");
        assertThat(ErrorText.of(new SocketTimeoutException("Connect timed out")))
                .isEqualTo("timed out: Connect timed out");
    }

    @Test
    void addsTheCauseOnlyWhereItSaysMore() {
        Throwable failure = new ConnectException("Failed to connect to /127.0.0.1:1");
        failure.initCause(new ConnectException("Connection refused"));

        assertThat(ErrorText.of(failure)).isEqualTo("Failed to connect to /127.0.0.1:1 (Connection refused)");
        assertThat(ErrorText.of(new IOException("it was refused", new IOException("refused"))))
                .isEqualTo("it was refused");
    }

    @Test
    void showsNoUserInformation() {
        assertThat(ErrorText.of(new IOException("unexpected url http://user:secret@host/")))
                .isEqualTo("unexpected url http://***@host/");
    }

    @Test
    void escapesInvisibleCharacters() {
        assertThat(ErrorText.line("a\u001b[31mb\u0007\rc")).isEqualTo("a [31mb c");
        for (int c :
                new int[] {0x80, 0x85, 0x9b, 0x9f, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069}) {
            assertThat(ErrorText.line("a" + (char) c + "b")).isEqualTo(String.format("a\\u%04xb", c));
            assertThat(ErrorText.of(new IOException("a" + (char) c + "b"))).isEqualTo(String.format("a\\u%04xb", c));
        }
        assertThat(ErrorText.line("ä € 日本 \uD83D\uDE00")).isEqualTo("ä € 日本 \uD83D\uDE00");
    }
}
