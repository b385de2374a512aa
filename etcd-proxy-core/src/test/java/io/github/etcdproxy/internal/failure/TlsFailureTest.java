package io.github.etcdproxy.internal.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Explanations of TLS failures, from the messages of JDK 17, JDK 25 and OkHttp 5.5. */
class TlsFailureTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PKIX path building failed: …SunCertPathBuilderException: unable to find valid certification path | give the client the cluster's CA",
                "(certificate_unknown) PKIX path building failed: … | give the client the cluster's CA",
                "Received fatal alert: bad_certificate | it requires a client certificate",
                "(bad_certificate) Received fatal alert: bad_certificate | it requires a client certificate",
                "Received fatal alert: certificate_required | it requires a client certificate",
                "Received fatal alert: unknown_ca | it requires a client certificate",
                "Received fatal alert: certificate_expired | the client's certificate has expired",
                "Received fatal alert: protocol_version | it refused the TLS handshake",
                "Remote host terminated the handshake | is it going down, or is its URL http?",
            })
    void aHandshakeThatFailsIsExplained(String message, String explanation) {
        assertThat(ErrorText.of(new SSLHandshakeException(message)))
                .startsWith("TLS: ")
                .contains(explanation, message);
    }

    private static IOException causedBy(String message, Exception cause) {
        return (IOException)
                new SSLHandshakeException(message).initCause(new Exception("validity check failed", cause));
    }

    @Test
    void theCauseSaysWhatIsWrongWithAValidity() {
        assertThat(ErrorText.of(
                        causedBy("PKIX path validation failed", new CertificateExpiredException("NotAfter: x"))))
                .startsWith("TLS: its certificate has expired: renew it (");
        assertThat(ErrorText.of(
                        causedBy("PKIX path validation failed", new CertificateNotYetValidException("NotBefore: x"))))
                .startsWith("TLS: its certificate is not valid yet: is this machine's clock right? (");
    }

    @Test
    void aNameThatDoesNotFitIsNamed() {
        String message = "Hostname 10.0.1.10 not verified:\n    certificate: sha256/x\n    subjectAltNames: [other]";
        assertThat(ErrorText.of(new SSLPeerUnverifiedException(message)))
                .startsWith("TLS: its certificate is not valid for 10.0.1.10: ")
                .contains("[other]")
                .doesNotContain("\n");
        assertThat(ErrorText.of(new SSLPeerUnverifiedException("Certificate pinning failure!\n  …")))
                .startsWith("TLS: its certificate does not match the client's pins");
    }

    @Test
    void whatOthersSuppressedIsFound() {
        SocketException reset = new SocketException("Connection reset by peer");
        reset.addSuppressed(new SSLHandshakeException("Received fatal alert: bad_certificate"));
        assertThat(ErrorText.of(reset))
                .startsWith("TLS: it requires a client certificate")
                .endsWith("(Connection reset by peer)");
        assertThat(ErrorText.of(new SSLException("Unsupported or unrecognized SSL message")))
                .startsWith("TLS: it does not seem to speak TLS at this port: is its URL http?");
    }

    @Test
    void otherFailures_areNotExplained() {
        assertThat(ErrorText.of(new EOFException("unexpected end"))).isEqualTo("unexpected end");
        assertThat(ErrorText.of(new SSLException("Broken pipe"))).isEqualTo("Broken pipe");
    }
}
