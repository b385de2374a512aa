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
 * Says what is wrong with a certificate, and what to do about it, where TLS failed. The texts by which the JDK and OkHttp are
 * understood were seen on JDK 17 and 25 and OkHttp 5.5. Pure functions.
 */
final class TlsFailure {
    private static final Pattern NOT_VERIFIED = Pattern.compile("Hostname (\\S+) not verified");
    private static final Pattern ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    private TlsFailure() {}

    /** An explanation that goes before the exception's own words; empty if it was not TLS that failed. */
    static Optional<String> explain(Throwable failure) {
        return Causes.find(failure, SSLException.class).map(TlsFailure::explainTls);
    }

    private static @Nullable String explainTls(SSLException tls) {
        String message = tls.getMessage() == null ? "" : tls.getMessage();
        if (Causes.find(tls, CertificateExpiredException.class).isPresent()) {
            return "its certificate has expired: renew it";
        }
        if (Causes.find(tls, CertificateNotYetValidException.class).isPresent()) {
            return "its certificate is not valid yet: is this machine's clock right?";
        }
        Matcher notVerified = NOT_VERIFIED.matcher(message);
        if (tls instanceof SSLPeerUnverifiedException && notVerified.find()) {
            return "its certificate is not valid for " + notVerified.group(1)
                    + ": let the member advertise a URL with a name that the certificate has";
        }
        if (message.contains("Certificate pinning failure")) {
            return "its certificate is none of those that the client has pinned";
        }
        if (message.contains("PKIX path")) {
            return "its certificate is signed by no authority that the client trusts: give the client the cluster's CA";
        }
        Matcher alert = ALERT.matcher(message);
        if (alert.find()) {
            if (alert.group(1).equals("certificate_expired")) {
                return "the client's certificate has expired: renew it";
            }
            return alert.group(1).contains("certificate") || alert.group(1).equals("unknown_ca")
                    ? "it demands a certificate of the client's, and was shown none that it accepts: give the client one"
                            + " that the cluster's CA has signed"
                    : "it refused the TLS handshake";
        }
        if (message.contains("Remote host terminated the handshake")) {
            return "it closed the connection during the handshake: is it going down, or is its URL http?";
        }
        if (message.contains("Unsupported or unrecognized SSL message")) {
            return "it seems to speak no TLS at this port: is its URL http?";
        }
        return null;
    }
}
