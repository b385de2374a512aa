package io.github.etcdproxy.net;

import io.github.etcdproxy.internal.failure.ErrorText;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * A request from the core to a peer, a member or a discovery service. Immutable.
 *
 * @param method the HTTP method
 * @param uri where to send it
 * @param body what to send; empty for nothing
 * @param timeout bounds the whole exchange, from connecting to the last byte of the body; not null, positive
 * @param dialTimeout bounds connecting; a transport that can't bound it by itself may leave it to {@code timeout}.
 *     Empty for no bound of its own
 * @param httpProxy the HTTP proxy to use instead of the transport's own settings; empty to use those
 * @param serverName the name for which the server's certificate must be valid instead of the URI's host, if the
 *     transport trusts the platform's certificate authorities; empty for the host. A transport with custom authorities
 *     verifies the host (etcd does so, server/embed/config.go, {@code PeerURLsMapAndToken}, 3.5)
 * @since 0.1
 */
public record PeerRequest(
        String method,
        URI uri,
        Optional<Body> body,
        Duration timeout,
        Optional<Duration> dialTimeout,
        Optional<EtcdUrl> httpProxy,
        Optional<String> serverName) {

    /**
     * A request body.
     *
     * @param contentType its media type
     * @param text its text, sent as UTF-8
     */
    public record Body(String contentType, String text) {

        /**
         * A JSON document.
         *
         * @param json its text
         * @return a body
         */
        public static Body json(String json) {
            return new Body("application/json", json);
        }
    }

    /**
     * A request without a body.
     *
     * @param uri where to send it
     * @param timeout bounds the whole exchange
     * @return a GET
     */
    public static PeerRequest get(URI uri, Duration timeout) {
        return new PeerRequest(
                "GET", uri, Optional.empty(), timeout, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * A request with a body.
     *
     * @param uri where to send it
     * @param body what to send
     * @param timeout bounds the whole exchange
     * @return a POST
     */
    public static PeerRequest post(URI uri, Body body, Duration timeout) {
        return new PeerRequest(
                "POST", uri, Optional.of(body), timeout, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * A request with a body.
     *
     * @param uri where to send it
     * @param body what to send
     * @param timeout bounds the whole exchange
     * @return a PUT
     */
    public static PeerRequest put(URI uri, Body body, Duration timeout) {
        return new PeerRequest(
                "PUT", uri, Optional.of(body), timeout, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Returns this request with another URI.
     *
     * @param other where to send it
     * @return a new request
     */
    public PeerRequest at(URI other) {
        return new PeerRequest(method, other, body, timeout, dialTimeout, httpProxy, serverName);
    }

    /**
     * Returns this request with a bound for connecting.
     *
     * @param bound the maximum time to connect; positive
     * @return a new request
     */
    public PeerRequest dialingWithin(Duration bound) {
        return new PeerRequest(method, uri, body, timeout, Optional.of(bound), httpProxy, serverName);
    }

    /**
     * Returns this request with an HTTP proxy.
     *
     * @param proxy the proxy's URL; empty to use the transport's settings
     * @return a new request
     */
    public PeerRequest through(Optional<EtcdUrl> proxy) {
        return new PeerRequest(method, uri, body, timeout, dialTimeout, proxy, serverName);
    }

    /**
     * Returns this request with another name to verify the server by.
     *
     * @param name the name; empty for the host
     * @return a new request
     */
    public PeerRequest verifying(Optional<String> name) {
        return new PeerRequest(method, uri, body, timeout, dialTimeout, httpProxy, name);
    }

    /**
     * Sends this request by a transport, which may be user code.
     *
     * @param transport sends it
     * @return the response; the caller closes it
     * @throws IOException if there is no response; whatever else the transport throws becomes its cause
     */
    public PeerResponse sendBy(PeerTransport transport) throws IOException {
        PeerResponse response;
        try {
            response = transport.send(this);
        } catch (IOException e) {
            throw e;
        } catch (Exception | Error e) {
            // A bug in user code, which may be Kotlin and throw anything, must not prevent asking the other peers.
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            String type = e.getClass().getSimpleName();
            String reason = ErrorText.of(e);
            throw new IOException(
                    "the transport threw " + (reason.startsWith(type) ? reason : type + ": " + reason), e);
        }
        if (response == null) {
            throw new IOException("the transport returned null instead of a response");
        }
        return response;
    }
}
