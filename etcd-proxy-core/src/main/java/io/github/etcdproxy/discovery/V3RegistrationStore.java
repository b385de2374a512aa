package io.github.etcdproxy.discovery;

import com.squareup.moshi.JsonWriter;
import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.json.JsonText;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerRequest.Body;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A token in the v3 API, through the JSON gateway, in the layout of server/etcdserver/api/v3discovery/discovery.go
 * (etcd 3.6): {@code /_etcd/registry/<token>/_config/size} and {@code …/members/<id>}.
 */
final class V3RegistrationStore implements RegistrationStore {
    private static final int LONGEST_EVENT = 1 << 20;

    private final String sizeKey;
    private final String membersPrefix;
    private final List<EtcdUrl> endpoints;
    private final PeerTransport transport;
    private final Optional<EtcdUrl> httpProxy;
    private final String name;

    /** The endpoint that responded last, or the one to try next. */
    private int current;

    V3RegistrationStore(String token, List<EtcdUrl> endpoints, Optional<EtcdUrl> httpProxy, PeerTransport transport) {
        this.sizeKey = "/_etcd/registry/" + token + "/_config/size";
        this.membersPrefix = "/_etcd/registry/" + token + "/members/";
        this.endpoints = endpoints;
        this.transport = transport;
        this.httpProxy = httpProxy;
        this.name = "token " + token;
    }

    /** One exchange with one endpoint. */
    @FunctionalInterface
    private interface Exchange<T> {
        T with(EtcdUrl endpoint, TokenService service) throws IOException;
    }

    /** Tries the endpoints in turn until one responds; all our requests can be repeated. */
    private <T> T firstOf(Exchange<T> exchange) throws IOException {
        List<DiscoveryException> failures = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            EtcdUrl endpoint = endpoints.get(current);
            try {
                return exchange.with(endpoint, new TokenService(transport, httpProxy, name + " at " + endpoint));
            } catch (DiscoveryException e) {
                if (e.problem() != Problem.UNAVAILABLE && e.problem() != Problem.BAD_ENDPOINT) {
                    throw e;
                }
                failures.add(e);
                current = (current + 1) % endpoints.size();
            }
        }
        // Worth a retry if any endpoint may recover.
        Problem problem = failures.stream().anyMatch(e -> e.problem() == Problem.UNAVAILABLE)
                ? Problem.UNAVAILABLE
                : Problem.BAD_ENDPOINT;
        String reasons = failures.stream().map(ErrorText::of).collect(Collectors.joining("; "));
        throw new DiscoveryException(problem, reasons, failures.get(failures.size() - 1));
    }

    private static JsonValue call(EtcdUrl endpoint, TokenService service, String path, JsonText.Fields json)
            throws IOException {
        Body body = Body.json(JsonText.object(json));
        TokenService.Answer answer =
                service.ask(PeerRequest.post(endpoint.resolve("/v3/" + path), body, TokenService.TIMEOUT));
        if (answer.status() == 404) {
            throw service.problem(
                    Problem.BAD_ENDPOINT,
                    "answered 404: name client URLs of etcd 3.4 or later, which serves the v3 JSON gateway");
        }
        if (!answer.isSuccess()) {
            throw service.refused(answer);
        }
        if (answer.json().get("header").isEmpty()) {
            throw service.problem(Problem.BAD_ENDPOINT, "answered with JSON that is not etcd's, " + answer.excerpt());
        }
        return answer.json();
    }

    @Override
    public long size() throws IOException {
        return firstOf((endpoint, service) -> {
            JsonValue range =
                    call(endpoint, service, "kv/range", json -> json.name("key").value(base64(sizeKey)));
            List<JsonValue> found = range.get("kvs").items();
            if (found.isEmpty()) {
                throw service.problem(Problem.SIZE_NOT_FOUND, TokenService.NO_SIZE);
            }
            return service.size(text(found.get(0).get("value")));
        });
    }

    @Override
    public Registered registered() throws IOException {
        return firstOf((endpoint, service) -> {
            JsonValue range = call(endpoint, service, "kv/range", this::writeMembers);
            Stream<Node> nodes =
                    range.get("kvs").items().stream().map(this::node).filter(V3RegistrationStore::counts);
            return new Registered(
                    Registered.sorted(nodes), range.get("header.revision").number());
        });
    }

    /** The range of all keys with the prefix. */
    private void writeMembers(JsonWriter json) throws IOException {
        String end = membersPrefix.substring(0, membersPrefix.length() - 1) + "0"; // the character after "/"
        json.name("key").value(base64(membersPrefix)).name("range_end").value(base64(end));
    }

    private Node node(JsonValue kv) {
        String key = text(kv.get("key"));
        return new Node(
                key.startsWith(membersPrefix) ? key.substring(membersPrefix.length()) : key,
                text(kv.get("value")).strip(),
                kv.get("create_revision").number());
    }

    /** Whether etcd 3.6 would count this node. */
    private static boolean counts(Node node) {
        return node.value().contains("=");
    }

    @Override
    public Registered awaitChange(Registered before) throws IOException {
        Body body = Body.json(JsonText.object(json -> {
            json.name("create_request").beginObject();
            writeMembers(json);
            json.name("start_revision").value(Long.toString(before.index() + 1)).endObject();
        }));
        Optional<Registered> after = firstOf((endpoint, service) -> {
            PeerRequest watch = PeerRequest.post(endpoint.resolve("/v3/watch"), body, TokenService.LONGEST_WAIT);
            try {
                return watch(watch, before, service);
            } catch (TokenService.WaitEndedException e) {
                return Optional.empty();
            }
        });
        return after.isPresent() ? after.get() : registered();
    }

    /** Reads messages of a watch up to the first with events; empty if the watch ends before. */
    private Optional<Registered> watch(PeerRequest watch, Registered before, TokenService service) throws IOException {
        try (PeerResponse response = service.send(watch)) {
            if (response.status() != 200) {
                throw service.problem(Problem.UNAVAILABLE, "answered the watch with " + response.status());
            }
            for (byte[] line = line(response.body()); line.length > 0; line = line(response.body())) {
                JsonValue message = JsonValue.parse(line);
                JsonValue result = message.get("result");
                // Canceled: the revision has been compacted, or the service refuses the watch.
                if (result.get("canceled").isTrue() || !message.get("error").isEmpty()) {
                    return Optional.empty();
                }
                List<JsonValue> events = result.get("events").items();
                if (!events.isEmpty()) {
                    return Optional.of(after(before, events));
                }
            }
            return Optional.empty();
        } catch (DiscoveryException | TokenService.WaitEndedException e) {
            throw e;
        } catch (IOException e) {
            throw service.failed(watch, e);
        }
    }

    private Registered after(Registered before, List<JsonValue> events) {
        Registered after = before;
        for (JsonValue event : events) {
            Node node = node(event.get("kv"));
            long index = Math.max(after.index(), event.get("kv.mod_revision").number());
            boolean gone = event.get("type").text().equals("DELETE") || !counts(node);
            after = gone ? after.without(node.id(), index) : after.with(node, index);
        }
        return after;
    }

    /** A line without its terminator; empty at the end of the stream. */
    private static byte[] line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (line.size() >= LONGEST_EVENT) {
                throw new IOException("answered with an event of more than " + LONGEST_EVENT + " bytes");
            }
            line.write(b);
        }
        return line.toByteArray();
    }

    @Override
    public boolean create(String id, String value) throws IOException {
        String key = base64(membersPrefix + id);
        JsonText.Fields txn = json -> {
            json.name("compare").beginArray().beginObject();
            json.name("target").value("CREATE").name("result").value("EQUAL");
            json.name("key").value(key).name("create_revision").value("0");
            json.endObject().endArray();
            json.name("success").beginArray().beginObject().name("requestPut").beginObject();
            json.name("key").value(key).name("value").value(base64(value));
            json.endObject().endObject().endArray();
        };
        return firstOf((endpoint, service) ->
                call(endpoint, service, "kv/txn", txn).get("succeeded").isTrue());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The decoded base64 text; empty if it is not base64. */
    private static String text(JsonValue base64) {
        try {
            return new String(Base64.getDecoder().decode(base64.text()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
