package io.github.etcdproxy.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.internal.failure.FailureHint.Server;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hints from the answers of etcd 3.4 and the messages of JDK 17, JDK 25 and OkHttp 5.5. */
class FailureHintTest {

    /** A failure by the words that name it in the tables below. */
    private static IOException failure(String name) {
        return switch (name) {
            case "eof" -> new IOException("unexpected end of stream on http://127.0.0.1:1/...", new EOFException());
            case "reset" -> new SocketException("Connection reset");
            case "pipe" -> new SocketException("Broken pipe");
            case "refused" -> new ConnectException("Failed to connect to /127.0.0.1:1");
            case "silent" -> new SocketTimeoutException("Connect timed out");
            case "unknown" -> new UnknownHostException("infra1");
            case "alert" -> eof("15030100020246");
            case "settings" -> eof("00000604000000000000050000400000");
            case "goaway" -> eof("000008070000000000000000000000");
            case "settings-line" -> new IOException("Unexpected status line: \0\0\u0006\u0004\0\0\0\0\0");
            case "reset-tls" -> new SSLException("Connection reset", new SocketException("Connection reset"));
            case "closed-tls" -> new SSLHandshakeException("Remote host terminated the handshake");
            case "plain-tls" -> new SSLException("Unsupported or unrecognized SSL message");
            case "ca" -> new SSLHandshakeException("(certificate_unknown) PKIX path building failed: x");
            case "own-certificate" -> new SSLHandshakeException("Received fatal alert: certificate_required");
            case "alpn" -> new SSLHandshakeException("Received fatal alert: no_application_protocol");
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static IOException eof(String content) {
        return new IOException(
                "unexpected end of stream on http://127.0.0.1:1/...",
                new EOFException("\\n not found: limit=" + content.length() / 2 + " content=" + content + "…"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "eof | PEER_PORT | http | is its URL https?",
                "reset | PEER_PORT | http | is its URL https?",
                "pipe | CLIENT_PORT | http | is its URL https?",
                "alert | CLIENT_PORT | http | is its URL https?",
                "alert | MEMBER | http | is its URL https?",
                "eof | MEMBER | http | is its URL https? or does it serve gRPC only? advertise its HTTP URL,",
                "reset | MEMBER | http | is its URL https? or does it serve gRPC only? advertise its HTTP URL,",
                "settings | MEMBER | http | : does it serve gRPC only? advertise its HTTP URL, or map it by",
                "goaway | MEMBER | http | only? advertise its HTTP URL, or map it by clientUrlRule",
                "settings-line | MEMBER | http | : does it serve gRPC only? advertise its HTTP URL,",
                "settings | PEER_PORT | http | : does it serve gRPC only?",
                "alpn | MEMBER | https | : does it serve gRPC only? advertise its HTTP URL,",
                "alpn | MEMBER | https | TLS: it does not serve the HTTP versions that the client offers",
                "plain-tls | PEER_PORT | https | is its URL http?",
                "plain-tls | MEMBER | https | is its URL http?",
                "closed-tls | CLIENT_PORT | https | is its URL http?",
                "reset-tls | PEER_PORT | https | : is its URL http?",
                "reset-tls | MEMBER | https | : is its URL http?",
                "ca | PEER_PORT | https | peers are reached with the client given to peerClient(…)",
                "ca | CLIENT_PORT | https | peers are reached with the client given to peerClient(…)",
                "own-certificate | PEER_PORT | https | peers are reached with the client given to peerClient(…)",
            })
    void typicalMistake_isNamed(String failure, Server server, String scheme, String hint) {
        assertThat(ErrorText.of(failure(failure), server, scheme.equals("https")))
                .contains(hint)
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource({
        "refused, PEER_PORT, http", "refused, MEMBER, https", "silent, MEMBER, http", "unknown, PEER_PORT, http",
        "ca, MEMBER, https", "alpn, PEER_PORT, https", "eof, PEER_PORT, https", "reset, MEMBER, https"
    })
    void otherFailure_hasNoHint(String failure, Server server, String scheme) {
        assertThat(FailureHint.of(failure(failure), server, scheme.equals("https")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "404 | PEER_PORT | 404 page not found | is this a client port? initial-cluster wants peer ports (2380)",
                "404 | CLIENT_PORT | 404 page not found | is this a peer port? PeerDiscovery.clientEndpoints takes",
                "404 | MEMBER | 404 page not found |",
                "400 | PEER_PORT | Client sent an HTTP request to an HTTPS server. | is its URL https?",
                "400 | CLIENT_PORT | Client sent an HTTP request to an HTTPS server. | is its URL https?",
                "400 | PEER_PORT | bad |",
                "500 | PEER_PORT | Client sent an HTTP request to an HTTPS server. |",
            })
    void unusableStatus_isExplained(int status, Server server, String body, String hint) {
        assertThat(FailureHint.of(status, body, server).orElse("")).startsWith(hint == null ? "" : hint);
        assertThat(FailureHint.of(status, body, server).isPresent()).isEqualTo(hint != null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "infra1 | unknown host infra1",
                "infra1: Name or service not known | unknown host infra1: Name or service not known",
                "infra1: not resolved within 300 ms | infra1: not resolved within 300 ms",
                "no address for infra1 | no address for infra1",
            })
    void unknownHost_isCalledSo(String message, String reason) {
        assertThat(ErrorText.of(new UnknownHostException(message))).isEqualTo(reason);
    }

    @Test
    void failedHttpProxy_isNamed() {
        IOException failure = failure("refused");
        Proxy proxy = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("cache.invalid", 3128));
        ThroughHttpProxyException.remark(failure, List.of(Proxy.NO_PROXY), "");
        assertThat(ErrorText.of(failure)).doesNotContain("HTTP proxy");

        ThroughHttpProxyException.remark(failure, List.of(proxy), "");
        assertThat(ErrorText.of(failure))
                .isEqualTo("through the HTTP proxy cache.invalid:3128, set by the client:"
                        + " Failed to connect to /127.0.0.1:1");
    }
}
