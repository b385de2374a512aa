package io.github.etcdproxy.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Services that misbehave as etcd never does. Pauses are recorded instead of slept. The tests on real etcd are in the
 * other module.
 */
class TokenDiscoveryTest {
    private static final String SIZE = "{\"node\":{\"key\":\"/t/_config/size\",\"value\":\"2\"}}";
    private static final String A =
            "{\"key\":\"/t/a\",\"value\":\"infra0=http://a:1\",\"createdIndex\":5,\"modifiedIndex\":5}";
    private static final String B =
            "{\"key\":\"/t/b\",\"value\":\"infra1=http://b:1\",\"createdIndex\":6,\"modifiedIndex\":6}";

    private final List<Duration> pauses = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private String listed = A;

    /** Answers a wait; after a number of them all members have registered. */
    private Supplier<PeerResponse> wait = () -> ok("");

    private int waitsUntilAllHaveRegistered = 5;

    private static PeerResponse ok(String body) {
        return response(200, body, Map.of("x-etcd-index", "5"));
    }

    private static PeerResponse response(int status, String body, Map<String, String> headers) {
        return new PeerResponse(status, headers, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
    }

    private PeerResponse answer(PeerRequest request) {
        String uri = request.uri().toString();
        requests.add(request.method() + " " + uri);
        if (uri.contains("/_config/size")) {
            return ok(SIZE);
        }
        if (!uri.contains("wait=true")) {
            return ok("{\"node\":{\"key\":\"/t\",\"dir\":true,\"nodes\":[" + listed + "]}}");
        }
        if (--waitsUntilAllHaveRegistered == 0) {
            listed = A + "," + B;
        }
        return wait.get();
    }

    private DiscoveryContext context(PeerTransport transport) {
        return new DiscoveryContext(transport, pauses::add, new Random(1), what -> {});
    }

    private static PeerDiscovery token() {
        return PeerDiscovery.token("http://d:1/v2/keys/t");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200|''", // gives up the wait
                "200|{\"action\":\"set\",\"node\":{\"key\":\"/t/a\",\"value\":\"infra0=http://a:1\",\"createdIndex\":5}}",
                "200|{\"action\":\"set\",\"node\":{\"key\":\"/t/_config/size\",\"value\":\"2\"}}",
                "200|{\"action\":\"set\",\"node\":{\"key\":\"/t\",\"dir\":true}}",
                "400|{\"errorCode\":401,\"message\":\"The event in requested index is outdated and cleared\"}",
                "503|''",
                "408|<html>slow",
                "429|''",
            })
    void waitsWithoutChange_arePaced(int status, String body) throws Exception {
        wait = () -> waitsUntilAllHaveRegistered == 0 && body.contains("\"key\":\"/t/")
                ? ok("{\"action\":\"create\",\"node\":" + B + "}")
                : response(status, body, Map.of());
        Peers peers = token().discover(context(this::answer));

        assertThat(peers.urls().toString()).isEqualTo("[http://a:1, http://b:1]");
        assertThat(pauses).hasSizeGreaterThanOrEqualTo(4).containsOnly(Duration.ofSeconds(1));
        assertThat(requests.stream().filter(request -> request.contains("wait=true")))
                .hasSize(5);
        assertThat(requests).hasSizeLessThanOrEqualTo(2 + 2 * 5); // at most a listing for each wait
    }

    @Test
    void waitWithoutChange_endsWithNewListing() throws Exception {
        waitsUntilAllHaveRegistered = 1;
        PeerTransport transport = request -> {
            PeerResponse response = answer(request);
            if (request.uri().toString().contains("wait=true")) {
                throw new InterruptedIOException("timeout");
            }
            return response;
        };
        assertThat(token().discover(context(transport)).urls()).hasSize(2);
        assertThat(pauses).isEmpty(); // there was news
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "403|{\"errorCode\":110,\"message\":\"The request requires user authentication\"}|REFUSED|answered 403 The request",
                "403|''|BAD_ENDPOINT|answered 403",
                "404|<html>no such page|BAD_ENDPOINT|answered 404 \"<html>no such page\": check that this is the URL of a",
                "404|{\"errorCode\":100,\"message\":\"Key not found\"}|SIZE_NOT_FOUND|the token has no size",
                "407|''|REFUSED|the HTTP proxy requires authentication: give the client",
                "500|<html>oops|UNAVAILABLE|answered 500",
                "200|<html>login|BAD_ENDPOINT|answered with something other than JSON",
                "200|{\"a\":1}|BAD_ENDPOINT|answered with JSON that is not etcd's",
            })
    void refusalsOfAServiceAreDistinguished(int status, String body, Problem problem, String message) {
        assertThatThrownBy(() -> token().discover(context(request -> response(status, body, Map.of()))))
                .isInstanceOfSatisfying(
                        DiscoveryException.class, e -> assertThat(e.problem()).isEqualTo(problem))
                .hasMessageStartingWith("http://d:1/v2/keys/t: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://x/t", "http://h:99999/t", "mailto:x", "http://[::1%25lo]/t", "http://u:p@h:1/t", "::"})
    void aRedirectThatLeadsNowhereIsReported(String location) {
        assertThatThrownBy(() -> token().discover(context(request -> response(307, "", Map.of("location", location)))))
                .isInstanceOfSatisfying(
                        DiscoveryException.class, e -> assertThat(e.problem()).isEqualTo(Problem.BAD_ENDPOINT))
                .hasMessageContaining("redirected to ");
    }

    @Test
    void redirects_areLimitedAndNeverDowngraded() throws Exception {
        listed = A + "," + B;
        int[] redirects = {0};
        PeerTransport moving = request -> redirects[0]++ < 10
                ? response(307, "", Map.of("location", request.uri().toString()))
                : answer(request);
        assertThat(token().discover(context(moving)).urls()).hasSize(2);

        assertThatThrownBy(() -> token().discover(context(request -> response(302, "", Map.of("location", "/round")))))
                .hasMessageContaining("redirected more than 10 times");
        assertThatThrownBy(() -> PeerDiscovery.token("HTTPS://d:1/t")
                        .discover(context(request -> response(301, "", Map.of("location", "http://d:1/t")))))
                .hasMessageContaining("redirected to \"http://d:1/t\"");
    }

    @Test
    void endlessResponse_isBounded() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return '[';
            }
        };
        assertThatThrownBy(() -> token().discover(context(request -> new PeerResponse(200, Map.of(), endless))))
                .hasMessageContaining("answered with more than 1048576 bytes");
    }

    @Test
    void join_unavailableService_backsOff() throws Exception {
        listed = A + "," + B;
        int[] failures = {0};
        PeerTransport flaky = request -> {
            if (failures[0]++ < 6) {
                throw new IOException("refused");
            }
            return answer(request);
        };
        JoinRequest node = JoinRequest.of(PeerDiscovery.token("http://d:1/v2/keys/t"), "late", "http://c:1");
        assertThat(node.join(context(flaky))).isInstanceOf(JoinOutcome.Proxy.class);
        assertThat(pauses).extracting(Duration::toSeconds).containsExactly(1L, 2L, 4L, 8L, 10L, 10L);
    }

    @Test
    void missingRegistration_isRetriedWithPauses() {
        listed = "";
        PeerTransport blind = request -> {
            if (requests.size() > 100) {
                throw new IOException("too many");
            }
            PeerResponse response = answer(request);
            return request.method().equals("PUT") ? ok("{\"node\":" + A + "}") : response;
        };
        DiscoveryContext impatient = new DiscoveryContext(
                context(blind).transport(),
                pause -> {
                    pauses.add(pause);
                    if (pauses.size() == 10) {
                        throw new InterruptedException("enough");
                    }
                },
                new Random(1),
                what -> {});
        JoinRequest node = JoinRequest.of(PeerDiscovery.token("http://d:1/v2/keys/t"), "infra0", "http://a:1");
        assertThatThrownBy(() -> node.join(impatient)).isInstanceOf(InterruptedException.class);
        assertThat(requests).hasSizeLessThan(30);
    }

    @Test
    void v3_keepsEndpointThatResponds() {
        List<String> hosts = new ArrayList<>();
        PeerTransport transport = request -> {
            hosts.add(request.uri().getHost());
            if (request.uri().getHost().equals("frozen")) {
                throw new InterruptedIOException("timeout");
            }
            String path = request.uri().getPath();
            if (path.equals("/v3/watch")) {
                throw new IOException("end of test");
            }
            return ok("{\"header\":{\"revision\":\"1\"},\"kvs\":[{\"value\":\"Mg==\"}]}");
        };
        PeerDiscovery source = PeerDiscovery.tokenV3("t", "http://frozen:1", "http://good:1");
        assertThatThrownBy(() -> source.discover(context(request -> {
                    if (hosts.size() > 6) {
                        throw new IOException("enough");
                    }
                    return transport.send(request);
                })))
                .isInstanceOf(DiscoveryException.class);
        assertThat(hosts.subList(0, 4)).containsExactly("frozen", "good", "good", "good"); // size, listing, watch
    }

    @Test
    void theReasonsOfAllV3EndpointsAreReported() {
        PeerTransport transport = request -> {
            if (request.uri().getHost().equals("a")) {
                throw new IOException("refused");
            }
            return response(404, "404 page not found", Map.of());
        };
        assertThatThrownBy(() ->
                        PeerDiscovery.tokenV3("t", "http://a:1,http://b:1").discover(context(transport)))
                .isInstanceOfSatisfying(
                        DiscoveryException.class, e -> assertThat(e.problem()).isEqualTo(Problem.UNAVAILABLE))
                .hasMessageContaining("token t at http://a:1: refused")
                .hasMessageContaining("token t at http://b:1: answered 404: name client URLs of etcd 3.4 or later");
    }

    @Test
    void orElseGoesOnWhateverTheFirstDoes() throws Exception {
        PeerDiscovery second = PeerDiscovery.initialCluster("a=http://a:1");
        List<PeerDiscovery> firsts = List.of(
                context -> Peers.of(List.of()),
                context -> {
                    throw new IllegalStateException("a bug");
                },
                context -> {
                    throw new AssertionError("another");
                });
        for (PeerDiscovery first : firsts) {
            DiscoveryContext context = context(request -> ok(""));
            assertThat(context.ask(first.orElse(second))).isEqualTo(Peers.of(List.of(EtcdUrl.of("http://a:1"))));
        }
        assertThat(firsts.get(0).orElse(second))
                .hasToString("a source of the application's, or else initial-cluster http://a:1");
    }

    @Test
    void aHttpProxyIsNamedWithoutItsPassword() {
        assertThatThrownBy(() -> PeerDiscovery.token("http://d:1/t").through("http://u:secret@p:1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("discovery-proxy: \"http://***@p:1\": leave the user name and password out");
        assertThat(Optional.of(PeerDiscovery.token("http://d:1/t").through("http://p:1")))
                .isPresent();
    }

    @Test
    void valuesOfManyUrls_areShortInMessages() {
        String urls = IntStream.rangeClosed(1, 10_000)
                .mapToObj(port -> "infra0=http://a:" + port)
                .collect(Collectors.joining(","));
        listed = A.replace("infra0=http://a:1", urls) + "," + B.replace("infra1", "infra0");

        assertThatThrownBy(() -> PeerDiscovery.token("http://d:1/t").discover(context(this::answer)))
                .hasMessageContaining("have registered with 1 different names")
                .hasMessageContaining(" and 9991 more: start each")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600));
    }
}
