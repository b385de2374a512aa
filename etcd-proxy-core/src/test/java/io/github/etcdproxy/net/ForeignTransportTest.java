package io.github.etcdproxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.DiscoveryContext;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.internal.members.MembersClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Transports and sources of the application's that break their contract, as Kotlin or old libraries may. */
@SuppressWarnings("NullAway") // nulls are among what is tried
class ForeignTransportTest {
    private static final EtcdUrl BAD = EtcdUrl.of("http://bad:2380");
    private static final EtcdUrl GOOD = EtcdUrl.of("http://good:2380");

    private static InputStream members() {
        return new ByteArrayInputStream(
                "[{\"id\":1,\"clientURLs\":[\"http://m:2379\"]}]".getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-etcd-cluster-id", "X-Etcd-Cluster-Id", "X-ETCD-CLUSTER-ID"})
    void headerNames_areComparedWithoutCase(String name) throws Exception {
        MembersClient client = client(request -> new PeerResponse(200, Map.of(name, "1F"), members()));

        assertThat(client.fetch(Peers.of(List.of(GOOD)), cluster -> cluster).id())
                .isEqualTo("1f");
    }

    private static MembersClient client(PeerTransport transport) {
        return new MembersClient(transport, Duration.ofSeconds(1), Duration.ofSeconds(10));
    }

    static Stream<Arguments> brokenTransports() {
        return Stream.of(
                Arguments.of("the transport returned null instead of a response", transport(request -> null)),
                Arguments.of("headers: null", transport(request -> new PeerResponse(200, null, members()))),
                Arguments.of("body: null", transport(request -> new PeerResponse(200, Map.of(), null))),
                Arguments.of(
                        "the transport threw TimeoutException: undeclared",
                        throwing(new TimeoutException("undeclared"))),
                Arguments.of("the transport threw StackOverflowError", throwing(new StackOverflowError())),
                Arguments.of(
                        "the transport threw NoClassDefFoundError: a/B", throwing(new NoClassDefFoundError("a/B"))),
                Arguments.of("the transport threw IllegalStateException: a", throwing(circle())));
    }

    private static PeerTransport transport(PeerTransport transport) {
        return transport;
    }

    private static PeerTransport throwing(Throwable failure) {
        return request -> {
            throw ForeignTransportTest.<RuntimeException>undeclared(failure);
        };
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> T undeclared(Throwable failure) throws T {
        throw (T) failure;
    }

    private static Exception circle() {
        IllegalStateException a = new IllegalStateException("a");
        IllegalStateException b = new IllegalStateException("b", a);
        a.initCause(b);
        return a;
    }

    @ParameterizedTest
    @MethodSource("brokenTransports")
    void brokenTransport_isThatPeersFailure(String reason, PeerTransport broken) throws Exception {
        MembersClient client = client(request -> request.uri().getHost().equals("bad")
                ? broken.send(request)
                : new PeerResponse(200, Map.of(), members()));

        assertThat(client.fetch(Peers.of(List.of(BAD, GOOD)), cluster -> cluster)
                        .source())
                .isEqualTo(GOOD);
        assertThatThrownBy(() -> client.fetch(Peers.of(List.of(BAD)), cluster -> cluster))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(BAD + ": " + (reason.contains("transport") ? reason : ""))
                .hasMessageContaining(reason);
    }

    @Test
    void brokenSource_isAnIoException() {
        DiscoveryContext context = DiscoveryContext.of(request -> {
            throw new IOException("no network");
        });
        for (Throwable failure :
                List.of(new TimeoutException("undeclared"), new StackOverflowError("deep"), circle())) {
            PeerDiscovery source = unused -> {
                throw ForeignTransportTest.<RuntimeException>undeclared(failure);
            };

            assertThatThrownBy(() -> context.ask(source))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(
                            "the source threw " + failure.getClass().getSimpleName() + ": " + failure.getMessage());
        }
        assertThatThrownBy(() -> context.ask(unused -> null)).hasMessage("the source found no peer");
    }
}
