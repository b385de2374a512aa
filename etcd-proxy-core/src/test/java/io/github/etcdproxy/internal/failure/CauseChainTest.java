package io.github.etcdproxy.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class CauseChainTest {

    @Test
    void findsWhatIsNested() {
        IOException deep = new IOException("outer", new RuntimeException(new SSLHandshakeException("inner")));
        IOException suppressing = new IOException("outer");
        suppressing.addSuppressed(deep);

        assertThat(CauseChain.find(deep, SSLHandshakeException.class)).isPresent();
        assertThat(CauseChain.find(suppressing, SSLHandshakeException.class)).isPresent();
        assertThat(CauseChain.find(suppressing, ConnectException.class)).isEmpty();
    }

    @Test
    void circularCauses_end() {
        IOException one = new IOException("one");
        IOException two = new IOException("two", one);
        one.initCause(two);
        two.addSuppressed(one);

        assertThat(CauseChain.find(one, SSLHandshakeException.class)).isEmpty();
        assertThat(ErrorText.of(one)).isEqualTo("one (two)");
    }

    @Test
    void veryLongChains_end() {
        IOException chain = new IOException("last");
        for (int i = 0; i < 200_000; i++) {
            chain = new IOException("more", chain);
        }
        assertThat(CauseChain.find(chain, SSLHandshakeException.class)).isEmpty();
        assertThat(ErrorText.of(chain)).isEqualTo("more");
    }

    @Test
    void openFileLimit_isNamedWithItsCure() {
        IOException failure = new ConnectException("Failed to connect to /127.0.0.1:1");
        failure.initCause(new SocketException("Too many open files"));

        assertThat(OpenFileLimit.isReached(failure)).isTrue();
        assertThat(ErrorText.of(failure)).contains("ulimit -n", "Too many open files");
        assertThat(OpenFileLimit.isReached(new SocketException("Connection reset")))
                .isFalse();
        assertThat(OpenFileLimit.isReached(new SocketException())).isFalse();
    }
}
