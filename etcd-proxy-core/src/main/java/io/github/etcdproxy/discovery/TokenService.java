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

/** A client of a discovery service, whose errors are in terms of the token. */
final class TokenService {
    /** The timeout of one exchange, as in etcd. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** A wait is restarted after this time, so that a silently lost service is noticed. */
    static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    static final String NO_SIZE =
            "the token has no size: create it with its size at _config/size, or take another token"
                    + " if this one has expired";

    private static final String HINT = "check that this is the URL of a discovery service, and the token its path";

    private static final int LARGEST_ANSWER = 1 << 20;
    private static final int MOST_REDIRECTS = 10;
    /** Request timeout, too early, too many requests. */
    private static final Set<Integer> TRY_LATER = Set.of(408, 425, 429);

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final PeerTransport transport;
    private final Optional<EtcdUrl> httpProxy;
    private final String name;

    /** {@code name} is the token's name in errors. */
    TokenService(PeerTransport transport, Optional<EtcdUrl> httpProxy, String name) {
        this.transport = transport;
        this.httpProxy = httpProxy;
        this.name = name;
    }

    /**
     * A complete response.
     *
     * @param status the HTTP status
     * @param index the header {@code X-Etcd-Index}; 0 if there is none
     * @param json the body; empty if the body is empty, or if an error response is not JSON
     * @param excerpt the beginning of the body
     */
    record Answer(int status, long index, JsonValue json, String excerpt) {

        boolean isSuccess() {
            return status / 100 == 2;
        }

        /** The error that the service reports: its message, or the beginning of the body. */
        String error() {
            JsonValue error = json.get("error");
            String said = error.isEmpty() ? json.get("message").text() : error.text();
            return said.isEmpty() ? excerpt : said;
        }
    }

    /** A wait ended without a change. */
    static final class WaitEndedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private WaitEndedException(IOException cause) {
            super(cause);
        }
    }

    /** Sends a request, follows redirects as etcd does, and reads the whole response. */
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
                        "the HTTP proxy requires authentication: give the client that"
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

    /** The exception for a failed exchange. */
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
                        "answered with something other than JSON, " + JsonValue.excerpt(body) + ": " + HINT);
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

    /** Sends a request and returns when the response's headers have arrived. */
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
        throw problem(Problem.BAD_ENDPOINT, "redirected more than " + MOST_REDIRECTS + " times: " + HINT);
    }

    private URI redirected(URI from, String location) throws DiscoveryException {
        try {
            URI to = from.resolve(location);
            boolean downgrade = from.getScheme().equalsIgnoreCase("https") && !"https".equalsIgnoreCase(to.getScheme());
            if (!downgrade && TokenDiscovery.objection(to).isEmpty()) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            // Reported below, like other redirects that can't be followed.
        }
        throw problem(Problem.BAD_ENDPOINT, "redirected to \"" + ErrorText.line(location) + "\": " + HINT);
    }

    /** Parses the size stored under the token. */
    long size(String text) throws DiscoveryException {
        try {
            long size = Long.parseLong(text.strip());
            if (size > 0) {
                return size;
            }
        } catch (NumberFormatException e) {
            // Reported below, like a number that is not a valid size.
        }
        throw problem(
                Problem.BAD_SIZE,
                "the token's size is \"" + ErrorText.line(text) + "\": write the number of members to _config/size");
    }

    /** The exception for a response that is neither a success nor handled otherwise. */
    DiscoveryException refused(Answer answer) {
        return answer.json().isEmpty()
                ? problem(Problem.BAD_ENDPOINT, "answered " + answer.status() + " " + answer.excerpt() + ": " + HINT)
                : problem(Problem.REFUSED, "answered " + answer.status() + " " + ErrorText.line(answer.error()));
    }

    DiscoveryException problem(Problem problem, String message) {
        return new DiscoveryException(problem, name + ": " + message, null);
    }
}
