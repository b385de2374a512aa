package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerRequest.Body;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A token in the v3 API, as server/etcdserver/api/v3discovery/discovery.go (etcd 3.6) reads and writes it, through the JSON
 * gateway: {@code /_etcd/registry/<token>/_config/size} and {@code …/members/<id>}.
 */
final class V3TokenRegistry implements TokenRegistry {
    private static final int LONGEST_EVENT = 1 << 20;

    private final String sizeKey;
    private final String membersPrefix;
    private final List<EtcdUrl> endpoints;
    private final PeerTransport transport;
    private final Optional<EtcdUrl> httpProxy;
    private final String name;

    V3TokenRegistry(String token, List<EtcdUrl> endpoints, Optional<EtcdUrl> httpProxy, PeerTransport transport) {
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

    /** Goes from one endpoint to the next until one answers; repeating any of our requests does no harm. */
    private <T> T firstOf(Exchange<T> exchange) throws IOException {
        DiscoveryException last = null;
        for (EtcdUrl endpoint : endpoints) {
            try {
                return exchange.with(endpoint, new TokenService(transport, httpProxy, name + " at " + endpoint));
            } catch (DiscoveryException e) {
                if (e.problem() != Problem.UNAVAILABLE && e.problem() != Problem.BAD_ENDPOINT) {
                    throw e;
                }
                if (last != null) {
                    e.addSuppressed(last);
                }
                last = e;
            }
        }
        throw last == null ? new IOException(name + ": no endpoint") : last;
    }

    private static JsonValue call(EtcdUrl endpoint, TokenService service, String path, String json) throws IOException {
        TokenService.Answer answer =
                service.ask(PeerRequest.post(endpoint.resolve("/v3/" + path), Body.json(json), TokenService.TIMEOUT));
        if (answer.status() == 404) {
            throw service.problem(
                    Problem.BAD_ENDPOINT,
                    "answered 404: name the client URLs of an etcd from 3.4 on, which serves the v3 JSON gateway");
        }
        if (!answer.isSuccess()) {
            throw service.refused(answer.status(), answer.json().get("error").text());
        }
        if (answer.json().get("header").isEmpty()) {
            throw service.problem(Problem.BAD_ENDPOINT, "answered with JSON that is none of etcd's");
        }
        return answer.json();
    }

    @Override
    public long size() throws IOException {
        return firstOf((endpoint, service) -> {
            List<JsonValue> found = call(endpoint, service, "kv/range", "{\"key\":\"" + base64(sizeKey) + "\"}")
                    .get("kvs")
                    .items();
            if (found.isEmpty()) {
                throw service.problem(Problem.SIZE_NOT_FOUND, TokenService.NO_SIZE);
            }
            return service.size(text(found.get(0).get("value")));
        });
    }

    @Override
    public Registered registered() throws IOException {
        return firstOf((endpoint, service) -> {
            JsonValue range = call(endpoint, service, "kv/range", "{" + members() + "}");
            Stream<Node> nodes =
                    range.get("kvs").items().stream().map(this::node).filter(V3TokenRegistry::counts);
            return new Registered(
                    Registered.sorted(nodes),
                    range.get("header").get("revision").number());
        });
    }

    /** The range of all keys that begin with the prefix. */
    private String members() {
        String end = membersPrefix.substring(0, membersPrefix.length() - 1) + "0"; // the character after "/"
        return "\"key\":\"" + base64(membersPrefix) + "\",\"range_end\":\"" + base64(end) + "\"";
    }

    private Node node(JsonValue kv) {
        String key = text(kv.get("key"));
        return new Node(
                key.startsWith(membersPrefix) ? key.substring(membersPrefix.length()) : key,
                text(kv.get("value")).strip(),
                kv.get("create_revision").number());
    }

    /** Whether etcd 3.6 takes any notice of it. */
    private static boolean counts(Node node) {
        return node.value().contains("=");
    }

    @Override
    public Optional<Registered> awaitChange(Registered before) throws IOException {
        return firstOf((endpoint, service) -> {
            String json =
                    "{\"create_request\":{" + members() + ",\"start_revision\":\"" + (before.index() + 1) + "\"}}";
            PeerRequest watch =
                    PeerRequest.post(endpoint.resolve("/v3/watch"), Body.json(json), TokenService.LONGEST_WAIT);
            try (PeerResponse response = service.send(watch)) {
                if (response.status() != 200) {
                    throw service.refused(response.status(), "");
                }
                return firstChange(response.body(), before, service);
            } catch (TokenService.WaitEndedException e) {
                return Optional.of(registered());
            } catch (DiscoveryException e) {
                throw e;
            } catch (IOException e) {
                IOException failed = service.failed(watch, e);
                if (failed instanceof TokenService.WaitEndedException) {
                    return Optional.of(registered());
                }
                throw failed;
            }
        });
    }

    /** Reads messages of a watch up to the first that has events. */
    private Optional<Registered> firstChange(InputStream messages, Registered before, TokenService service)
            throws IOException {
        for (byte[] line = line(messages); line.length > 0; line = line(messages)) {
            JsonValue message = JsonValue.parse(line);
            JsonValue result = message.get("result");
            List<JsonValue> events = result.get("events").items();
            if (result.get("canceled").isTrue()) { // what happened since then has been compacted
                return Optional.of(registered());
            }
            if (!message.get("error").isEmpty()) {
                throw service.refused(200, JsonValue.excerpt(line));
            }
            if (!events.isEmpty()) {
                Registered after = before;
                for (JsonValue event : events) {
                    Node node = node(event.get("kv"));
                    long index = Math.max(
                            after.index(), event.get("kv").get("mod_revision").number());
                    boolean gone = event.get("type").text().equals("DELETE") || !counts(node);
                    after = gone ? after.without(node.id(), index) : after.with(node, index);
                }
                return Optional.of(after);
            }
        }
        return Optional.empty();
    }

    /** A line without its end; empty at the end of the stream. */
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
        return firstOf((endpoint, service) -> call(
                        endpoint,
                        service,
                        "kv/txn",
                        "{\"compare\":[{\"target\":\"CREATE\",\"result\":\"EQUAL\",\"key\":\"" + key
                                + "\",\"create_revision\":\"0\"}],\"success\":[{\"requestPut\":{\"key\":\"" + key
                                + "\",\"value\":\"" + base64(value) + "\"}}]}")
                .get("succeeded")
                .isTrue());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The text that stands there in base64; empty if it is none. */
    private static String text(JsonValue base64) {
        try {
            return new String(Base64.getDecoder().decode(base64.text()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
