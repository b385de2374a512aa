package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/**
 * New certificates for a cluster on this machine: an authority for the client ports and another for the peer ports,
 * each with a certificate for the servers and a required one for their clients.
 */
public final class ClusterTls {
    private final Side clients;
    private final Side peers;

    private ClusterTls(Side clients, Side peers) {
        this.clients = clients;
        this.peers = peers;
    }

    /**
     * Makes certificates whose servers are known as {@code 127.0.0.1} and {@code localhost}.
     *
     * @return new certificates
     */
    public static ClusterTls create() {
        return create("127.0.0.1", "localhost");
    }

    /**
     * Makes certificates.
     *
     * @param serverNames host names and addresses for which those of the servers are valid
     * @return new certificates
     */
    public static ClusterTls create(String... serverNames) {
        return new ClusterTls(Side.create("clients", serverNames), Side.create("peers", serverNames));
    }

    /**
     * The certificates for the client ports.
     *
     * @return the side of the clients
     */
    public Side clients() {
        return clients;
    }

    /**
     * The certificates for the peer ports.
     *
     * @return the side of the peers
     */
    public Side peers() {
        return peers;
    }

    /**
     * Writes the files that a member or a proxy needs.
     *
     * @param directory where to write them
     * @return the flags that name them
     */
    public List<String> memberFlags(Path directory) {
        List<String> flags = new ArrayList<>();
        flags.addAll(clients.serverFlags(directory, ""));
        flags.addAll(peers.serverFlags(directory, "peer-"));
        // etcd's default overflows in OkHttp, which then opens a new connection for each call over HTTP/2.
        flags.addAll(List.of("--max-concurrent-streams", "1000"));
        return flags;
    }

    /** The certificates for one kind of port. */
    public static final class Side {
        private final String name;
        private final HeldCertificate authority;
        private final HeldCertificate server;
        private final HeldCertificate caller;

        private Side(String name, HeldCertificate authority, HeldCertificate server, HeldCertificate caller) {
            this.name = name;
            this.authority = authority;
            this.server = server;
            this.caller = caller;
        }

        private static Side create(String name, String... serverNames) {
            HeldCertificate authority = new HeldCertificate.Builder()
                    .commonName("authority for " + name)
                    .certificateAuthority(0)
                    .build();
            HeldCertificate.Builder server = new HeldCertificate.Builder().signedBy(authority);
            for (String serverName : serverNames) {
                server.addSubjectAlternativeName(serverName);
            }
            // Without a common name, which etcd's gateway rejects if authentication is on.
            HeldCertificate caller = new HeldCertificate.Builder()
                    .commonName("")
                    .signedBy(authority)
                    .build();
            return new Side(name, authority, server.commonName(name).build(), caller);
        }

        /**
         * For a client that trusts the authority and has a certificate.
         *
         * @return a trust manager and a socket factory
         */
        public HandshakeCertificates handshake() {
            return new HandshakeCertificates.Builder()
                    .addTrustedCertificate(authority.certificate())
                    .heldCertificate(caller)
                    .build();
        }

        /**
         * For a client that trusts the authority and has no certificate.
         *
         * @return a trust manager and a socket factory
         */
        public HandshakeCertificates handshakeWithoutCertificate() {
            return new HandshakeCertificates.Builder()
                    .addTrustedCertificate(authority.certificate())
                    .build();
        }

        /**
         * For a client that trusts the platform's authorities and has a certificate.
         *
         * @return a trust manager and a socket factory
         */
        public HandshakeCertificates handshakeOfPublicAuthorities() {
            return new HandshakeCertificates.Builder()
                    .addPlatformTrustedCertificates()
                    .heldCertificate(caller)
                    .build();
        }

        /**
         * Configures a client. Peer ports speak HTTP/1.1 only, whatever they negotiate in the handshake.
         *
         * @param builder the client's
         * @return the same builder
         */
        public OkHttpClient.Builder configure(OkHttpClient.Builder builder) {
            HandshakeCertificates handshake = handshake();
            return builder.protocols(List.of(Protocol.HTTP_1_1))
                    .sslSocketFactory(handshake.sslSocketFactory(), handshake.trustManager());
        }

        private List<String> serverFlags(Path directory, String prefix) {
            return List.of(
                    "--" + prefix + "cert-file",
                    write(directory, ".crt", server.certificatePem()),
                    "--" + prefix + "key-file",
                    write(directory, ".key", server.privateKeyPkcs8Pem()),
                    "--" + prefix + "trusted-ca-file",
                    write(directory, "-ca.crt", authority.certificatePem()),
                    "--" + prefix + "client-cert-auth");
        }

        private String write(Path directory, String suffix, String pem) {
            try {
                return Files.writeString(directory.resolve(name + suffix), pem).toString();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
