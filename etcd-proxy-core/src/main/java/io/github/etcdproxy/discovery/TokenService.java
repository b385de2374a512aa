package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
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

    private static final String MEND = "check that this is the URL of a discovery service, and the token its path";

    private static final int LARGEST_ANSWER = 1 << 20;
    private static final int MOST_REDIRECTS = 10;
    /** Request timeout, too early, too many requests. */
    private static final Set<Integer> TRY_LATER = Set.of(408, 425, 429);

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
     * @param json the body; empty if the body is, or, in an answer that is no success, if it is no JSON
     * @param excerpt how the body begins
     */
    record Answer(int status, long index, JsonValue json, String excerpt) {

        boolean isSuccess() {
            return status / 100 == 2;
        }

        /** What the service says is wrong; in words of its own where they can be made out. */
        String error() {
            JsonValue error = json.get("error");
            String said = error.isEmpty() ? json.get("message").text() : error.text();
            return said.isEmpty() ? excerpt : said;
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
            Answer answer = new Answer(
                    response.status(), index(response), json(response.status(), body), JsonValue.excerpt(body));
            if (answer.status() / 100 == 5 || TRY_LATER.contains(answer.status())) {
                throw problem(
                        Problem.UNAVAILABLE, "answered " + answer.status() + " " + ErrorText.line(answer.error()));
            }
            if (answer.status() == 407) {
                throw problem(
                        Problem.REFUSED,
                        "the HTTP proxy on the way demands authentication: give the client that"
                                + " reaches peers a proxyAuthenticator");
            }
            return answer;
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
                : new DiscoveryException(Problem.UNAVAILABLE, name + ": " + ErrorText.of(cause), cause);
    }

    private JsonValue json(int status, byte[] body) throws DiscoveryException {
        try {
            return body.length == 0 ? JsonValue.EMPTY : JsonValue.parse(body);
        } catch (IOException e) {
            if (status / 100 == 2) {
                throw problem(
                        Problem.BAD_ENDPOINT,
                        "answered with something else than JSON, " + JsonValue.excerpt(body) + ": " + MEND);
            }
            return JsonValue.EMPTY;
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
                response = next.sendBy(transport);
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
        throw problem(Problem.BAD_ENDPOINT, "redirected more than " + MOST_REDIRECTS + " times: " + MEND);
    }

    private URI redirected(URI from, String location) throws DiscoveryException {
        try {
            URI to = from.resolve(location);
            boolean downgrade = from.getScheme().equalsIgnoreCase("https") && !"https".equalsIgnoreCase(to.getScheme());
            if (!downgrade && TokenDiscovery.objection(to).isEmpty()) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            // Told below, like the other places where it can't be followed to.
        }
        throw problem(Problem.BAD_ENDPOINT, "redirected to \"" + ErrorText.line(location) + "\": " + MEND);
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
                "the token's size is \"" + ErrorText.line(text) + "\": write the number of members to _config/size");
    }

    /** What an answer is that is neither a success nor one of those that have a meaning of their own. */
    DiscoveryException refused(Answer answer) {
        return answer.json().isEmpty()
                ? problem(Problem.BAD_ENDPOINT, "answered " + answer.status() + " " + answer.excerpt() + ": " + MEND)
                : problem(Problem.REFUSED, "answered " + answer.status() + " " + ErrorText.line(answer.error()));
    }

    DiscoveryException problem(Problem problem, String message) {
        return new DiscoveryException(problem, name + ": " + message, null);
    }
}
