package io.github.etcdproxy.okhttp.internal.peer;

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

/** Checks whether a client trusts the platform's certificate authorities, that is, any public one. */
final class PlatformTrust {

    private PlatformTrust() {}

    /** Whether the trust manager accepts exactly the platform's authorities. */
    static boolean is(X509TrustManager trustManager) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            @Nullable KeyStore ofThePlatform = null;
            factory.init(ofThePlatform);
            return Stream.of(factory.getTrustManagers())
                    .filter(X509TrustManager.class::isInstance)
                    .anyMatch(platform -> issuers((X509TrustManager) platform).equals(issuers(trustManager)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the platform's certificate authorities can't be read", e);
        }
    }

    private static Set<X509Certificate> issuers(X509TrustManager trustManager) {
        return new HashSet<>(List.of(trustManager.getAcceptedIssuers()));
    }
}
