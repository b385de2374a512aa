package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serial;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Talks to a discovery service, and says what went wrong in terms of the token. */
final class TokenService {
    /** Bounds one exchange, as in etcd. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** After this a wait begins anew, so that a service that has silently gone is noticed. */
    static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    static final String NO_SIZE =
            "the token has no size: create it with its size at _config/size, or take another token"
                    + " if this one has expired";

    private static final int LARGEST_ANSWER = 1 << 20;
    private static final int MOST_REDIRECTS = 10;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final PeerTransport transport;
    private final Optional<EtcdUrl> httpProxy;
    private final String name;

    /** {@code name} is how errors call the token. */
    TokenService(PeerTransport transport, Optional<EtcdUrl> httpProxy, String name) {
        this.transport = transport;
        this.httpProxy = httpProxy;
        this.name = name;
    }

    /**
     * A whole answer.
     *
     * @param status the HTTP status
     * @param index the header {@code X-Etcd-Index}; 0 if there is none
     * @param json the body; empty if the body is
     */
    record Answer(int status, long index, JsonValue json) {

        boolean isSuccess() {
            return status / 100 == 2;
        }

        boolean isEmpty() {
            return json.isEmpty();
        }
    }

    /** A wait without news has come to its end. */
    static final class WaitEndedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private WaitEndedException(IOException cause) {
            super(cause);
        }
    }

    /** Sends a request, follows redirects as etcd does, and reads the whole answer. */
    Answer ask(PeerRequest request) throws IOException {
        try (PeerResponse response = send(request)) {
            byte[] body = readBody(request, response);
            if (response.status() / 100 == 5) {
                throw refused(response.status(), body.length == 0 ? "" : JsonValue.excerpt(body));
            }
            JsonValue json = body.length == 0 ? JsonValue.EMPTY : parse(response.status(), body);
            return new Answer(response.status(), index(response), json);
        }
    }

    private byte[] readBody(PeerRequest request, PeerResponse response) throws IOException {
        try {
            return response.readBody(LARGEST_ANSWER);
        } catch (IOException e) {
            throw failed(request, e);
        }
    }

    /** What to throw when an exchange has failed. */
    IOException failed(PeerRequest request, IOException cause) {
        boolean waitEnded =
                cause instanceof InterruptedIOException && request.timeout().equals(LONGEST_WAIT);
        return waitEnded
                ? new WaitEndedException(cause)
                : new DiscoveryException(Problem.UNAVAILABLE, name + ": " + Reason.of(cause), cause);
    }

    private JsonValue parse(int status, byte[] body) throws DiscoveryException {
        try {
            return JsonValue.parse(body);
        } catch (IOException e) {
            String message =
                    "answered " + status + " with something else than JSON, " + JsonValue.excerpt(body) + ": " + mend();
            throw new DiscoveryException(Problem.BAD_ENDPOINT, name + ": " + message, e);
        }
    }

    private static long index(PeerResponse response) {
        try {
            return Long.parseLong(response.headers().getOrDefault("x-etcd-index", "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Sends a request and returns when the head of the answer is there. */
    PeerResponse send(PeerRequest request) throws IOException {
        PeerRequest next = request.through(httpProxy);
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            PeerResponse response;
            try {
                response = transport.send(next);
            } catch (IOException e) {
                throw failed(request, e);
            }
            String location = response.headers().get("location");
            if (!REDIRECTS.contains(response.status()) || location == null) {
                return response;
            }
            response.close();
            next = next.at(redirected(next.uri(), location));
        }
        throw problem(Problem.BAD_ENDPOINT, "redirected more than " + MOST_REDIRECTS + " times: " + mend());
    }

    private URI redirected(URI from, String location) throws DiscoveryException {
        try {
            URI to = from.resolve(location);
            boolean downgrade = from.getScheme().equals("https") && !"https".equals(to.getScheme());
            if (to.getRawAuthority() != null && !downgrade) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            // Told below, like the other places where it can't be followed to.
        }
        throw problem(Problem.BAD_ENDPOINT, "redirected to \"" + Reason.line(location) + "\": " + mend());
    }

    /** Reads a size as it stands in the registry. */
    long size(String text) throws DiscoveryException {
        try {
            long size = Long.parseLong(text.strip());
            if (size > 0) {
                return size;
            }
        } catch (NumberFormatException e) {
            // Told below, like a number that is no size.
        }
        throw problem(
                Problem.BAD_SIZE,
                "the token's size is \"" + Reason.line(text) + "\": write the number of members to _config/size");
    }

    String mend() {
        return "check that the discovery URL is that of a discovery service, with the token as its path";
    }

    DiscoveryException refused(int status, String said) {
        return problem(Problem.UNAVAILABLE, "answered " + status + (said.isEmpty() ? "" : " " + Reason.line(said)));
    }

    DiscoveryException problem(Problem problem, String message) {
        return new DiscoveryException(problem, name + ": " + message, null);
    }
}
