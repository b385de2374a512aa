package io.github.etcdproxy.okhttp;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Tells whether a client trusts the certificate authorities of the platform, which is to say: any public one. */
final class PlatformTrust {

    private PlatformTrust() {}

    /** Whether the trust manager accepts the platform's authorities and no others. */
    static boolean is(X509TrustManager trustManager) {
        return issuers(trustManager).equals(Platform.ISSUERS);
    }

    private static Set<X509Certificate> issuers(X509TrustManager trustManager) {
        return new HashSet<>(List.of(trustManager.getAcceptedIssuers()));
    }

    /** Read when it is needed first: it takes a while. */
    private static final class Platform {
        static final Set<X509Certificate> ISSUERS = read();

        private static Set<X509Certificate> read() {
            try {
                TrustManagerFactory factory =
                        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                @Nullable KeyStore ofThePlatform = null;
                factory.init(ofThePlatform);
                return Stream.of(factory.getTrustManagers())
                        .filter(X509TrustManager.class::isInstance)
                        .findFirst()
                        .map(trustManager -> issuers((X509TrustManager) trustManager))
                        .orElse(Set.of());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the platform's certificate authorities can't be read", e);
            }
        }
    }
}
