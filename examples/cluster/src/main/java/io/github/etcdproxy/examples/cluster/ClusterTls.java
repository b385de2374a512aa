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
 * Certificates for a cluster on this machine, made anew each time: an authority for the client ports and another for
 * the peer ports, each with a certificate for the servers and one for their callers, without which nobody gets in.
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
     * What callers of the client ports need.
     *
     * @return the side of the clients
     */
    public Side clients() {
        return clients;
    }

    /**
     * What callers of the peer ports need.
     *
     * @return the side of the peers
     */
    public Side peers() {
        return peers;
    }

    /**
     * Writes what a member, or a proxy beside one, needs to files.
     *
     * @param directory where to write them
     * @return the flags that name them
     */
    public List<String> memberFlags(Path directory) {
        List<String> flags = new ArrayList<>();
        flags.addAll(clients.serverFlags(directory, ""));
        flags.addAll(peers.serverFlags(directory, "peer-"));
        // etcd's default is more than OkHttp can count, which then makes a new connection for each call over HTTP/2.
        flags.addAll(List.of("--max-concurrent-streams", "1000"));
        return flags;
    }

    /** One of the two kinds of ports. */
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
            // Without a common name, which etcd's gateway would refuse where authentication is on.
            HeldCertificate caller = new HeldCertificate.Builder()
                    .commonName("")
                    .signedBy(authority)
                    .build();
            return new Side(name, authority, server.commonName(name).build(), caller);
        }

        /**
         * What a client needs that trusts the authority and shows a certificate.
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
         * What a client needs that trusts the authority and has no certificate to show.
         *
         * @return a trust manager and a socket factory
         */
        public HandshakeCertificates handshakeWithoutCertificate() {
            return new HandshakeCertificates.Builder()
                    .addTrustedCertificate(authority.certificate())
                    .build();
        }

        /**
         * What a client needs that trusts the platform's authorities, and shows a certificate.
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
         * Gives a client what it needs. Peer ports speak HTTP/1.1 only, whatever they promise in the handshake.
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
