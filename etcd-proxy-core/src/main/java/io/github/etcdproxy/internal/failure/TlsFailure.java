package io.github.etcdproxy.internal.failure;

import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Explains TLS failures: what is wrong with a certificate and how to fix it. It matches messages seen on JDK 17 and 25
 * and OkHttp 5.5. Pure functions.
 */
final class TlsFailure {
    private static final Pattern NOT_VERIFIED = Pattern.compile("Hostname (\\S+) not verified");
    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    private TlsFailure() {}

    /** An explanation to put before the exception's message; empty if the failure is not a TLS failure. */
    static Optional<String> explain(Throwable failure) {
        return CauseChain.find(failure, SSLException.class).map(TlsFailure::explainTls);
    }

    /** Whether one side did not accept the other's certificate, which is for the client's settings to change. */
    static boolean isOfCertificate(Throwable failure) {
        return explain(failure)
                .filter(explained -> explained.contains("give the client") || explained.contains("client's"))
                .isPresent();
    }

    private static @Nullable String explainTls(SSLException tls) {
        String message = tls.getMessage() == null ? "" : tls.getMessage();
        if (CauseChain.find(tls, CertificateExpiredException.class).isPresent()) {
            return "its certificate has expired: renew it";
        }
        if (CauseChain.find(tls, CertificateNotYetValidException.class).isPresent()) {
            return "its certificate is not valid yet: is this machine's clock right?";
        }
        Matcher notVerified = NOT_VERIFIED.matcher(message);
        if (tls instanceof SSLPeerUnverifiedException && notVerified.find()) {
            return "its certificate is not valid for " + notVerified.group(1)
                    + ": let the member advertise a URL with a name that the certificate has";
        }
        if (message.contains("Certificate pinning failure")) {
            return "its certificate does not match the client's pins";
        }
        if (message.contains("PKIX path")) {
            return "its certificate is signed by no authority that the client trusts: give the client the cluster's CA";
        }
        Matcher alert = ALERT.matcher(message);
        if (alert.find()) {
            if (alert.group(1).equals("certificate_expired")) {
                return "the client's certificate has expired: renew it";
            }
            if (alert.group(1).equals("no_application_protocol")) {
                return "it does not serve the HTTP versions that the client offers";
            }
            return alert.group(1).contains("certificate") || alert.group(1).equals("unknown_ca")
                    ? "it requires a client certificate and accepted none: give the client one"
                            + " that the cluster's CA has signed"
                    : "it refused the TLS handshake";
        }
        if (message.contains("Remote host terminated the handshake")) {
            return "it closed the connection during the handshake: is it going down, or is its URL http?";
        }
        if (message.contains("Unsupported or unrecognized SSL message")) {
            return "it does not seem to speak TLS at this port: is its URL http?";
        }
        return null;
    }
}
