package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.options.EtcdFlags;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import nl.altindag.ssl.SSLFactory;
import nl.altindag.ssl.exception.GenericException;
import nl.altindag.ssl.pem.util.PemUtils;
import okhttp3.OkHttpClient;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that flags name, used as in etcd's proxy (server/etcdmain/etcd.go, {@code startProxy}, 3.5): client
 * certificates at the listen URLs and towards members, peer certificates towards peers, and towards members if there
 * are no others. Immutable.
 *
 * @param identity a certificate and its key; null if there are none
 * @param authority the CA; empty for the system's
 * @param clientsNeedOne whether clients must have a certificate of that CA
 */
record Tls(@Nullable Identity identity, Optional<Path> authority, boolean clientsNeedOne) {

    /** The files of a certificate and its key. */
    record Identity(Path certificate, Path key) {

        /** Otherwise every handshake would fail without naming the reason. */
        void requireMatch() throws GeneralSecurityException {
            PrivateKey privateKey = PemUtils.loadPrivateKey(key);
            PublicKey publicKey = PemUtils.loadCertificate(certificate).get(0).getPublicKey();
            byte[] text = {1, 2, 3};
            String algorithm = publicKey.getAlgorithm();
            Signature signature = Signature.getInstance(
                    switch (algorithm) {
                        case "RSA" -> "SHA256withRSA";
                        case "EC" -> "SHA256withECDSA";
                        default -> algorithm;
                    });
            try {
                signature.initSign(privateKey);
                signature.update(text);
                byte[] signed = signature.sign();
                signature.initVerify(publicKey);
                signature.update(text);
                if (signature.verify(signed)) {
                    return;
                }
            } catch (InvalidKeyException e) {
                // It is of another kind.
            }
            throw new GeneralSecurityException("the key is not that of the certificate");
        }
    }

    /** The client certificates. */
    static Tls ofClients(EtcdFlags flags) {
        return of(flags, "cert-file", "key-file", "trusted-ca-file", "client-cert-auth");
    }

    /** The peer certificates. */
    static Tls ofPeers(EtcdFlags flags) {
        return of(flags, "peer-cert-file", "peer-key-file", "peer-trusted-ca-file", "peer-client-cert-auth");
    }

    private static Tls of(EtcdFlags flags, String certificate, String key, String authority, String auth) {
        Optional<Path> certificateFile = file(flags, certificate);
        Optional<Path> keyFile = file(flags, key);
        if (certificateFile.isPresent() != keyFile.isPresent()) {
            throw new IllegalArgumentException("--" + certificate + " and --" + key + ": give both, or neither");
        }
        Optional<Path> ca = file(flags, authority);
        return new Tls(
                certificateFile.isPresent() ? new Identity(certificateFile.get(), keyFile.get()) : null,
                ca,
                flags.isTrue(auth) || ca.isPresent());
    }

    private static Optional<Path> file(EtcdFlags flags, String name) {
        return flags.get(name, text -> {
            Path path = Path.of(text);
            if (!Files.isReadable(path)) {
                throw new IllegalArgumentException(
                        name + ": \"" + text + "\": is not a readable file: name one in PEM form");
            }
            return path;
        });
    }

    boolean isEmpty() {
        return identity == null && authority.isEmpty();
    }

    /** The settings for servers. */
    SslContextFactory.Server server() {
        if (identity == null) {
            throw new IllegalArgumentException(
                    "listen-client-urls: https needs a certificate: give --cert-file and --key-file");
        }
        SSLFactory factory = factory();
        SslContextFactory.Server server = new SslContextFactory.Server();
        server.setSslContext(factory.getSslContext());
        server.setNeedClientAuth(clientsNeedOne);
        server.setEndpointIdentificationAlgorithm(null); // a client's certificate need not name its host
        return server;
    }

    /** Applies the settings to a client. */
    OkHttpClient.Builder configure(OkHttpClient.Builder client) {
        if (isEmpty()) {
            return client;
        }
        SSLFactory factory = factory();
        return client.sslSocketFactory(
                factory.getSslSocketFactory(), factory.getTrustManager().orElseThrow());
    }

    private SSLFactory factory() {
        SSLFactory.Builder builder = SSLFactory.builder();
        try {
            if (identity != null) {
                identity.requireMatch();
                builder.withIdentityMaterial(PemUtils.loadIdentityMaterial(identity.certificate(), identity.key()));
            }
            if (authority.isPresent()) {
                builder.withTrustMaterial(PemUtils.loadTrustMaterial(authority.get()));
            } else {
                builder.withDefaultTrustMaterial();
            }
            return builder.build();
        } catch (GenericException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "certificates can't be used: " + files() + ": " + e.getMessage()
                            + ": give PEM files that belong together",
                    e);
        }
    }

    private String files() {
        return Stream.concat(
                        identity == null ? Stream.empty() : Stream.of(identity.certificate(), identity.key()),
                        authority.stream())
                .map(Path::toString)
                .collect(Collectors.joining(", "));
    }
}
