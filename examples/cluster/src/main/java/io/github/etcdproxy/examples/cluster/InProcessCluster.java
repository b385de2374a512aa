package io.github.etcdproxy.examples.cluster;

import com.squareup.moshi.JsonWriter;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;

/**
 * Members inside this JVM, over real sockets: leaf keys of the v2 API over one shared store, {@code /members}, {@code
 * /version} and {@code /health}. It has no raft: every member can write as long as it is up.
 */
public final class InProcessCluster implements EtcdCluster {
    private static final String ID = "cdf818194e3a8c32";
    private static final String KEYS = "/v2/keys";

    private final KeyStore keys = new KeyStore();
    private final List<InProcessMember> members;

    private InProcessCluster(int size) {
        members = IntStream.range(0, size)
                .mapToObj(i -> new InProcessMember("infra" + i, this::answerPeer, this::answerClient))
                .toList();
    }

    /**
     * Starts members.
     *
     * @param size how many
     * @return a running cluster
     */
    public static InProcessCluster start(int size) {
        InProcessCluster cluster = new InProcessCluster(size);
        cluster.members.forEach(InProcessMember::restart);
        return cluster;
    }

    @Override
    public List<InProcessMember> members() {
        return members;
    }

    @Override
    public void close() {
        members.forEach(InProcessMember::kill);
    }

    private MockResponse answerPeer(RecordedRequest request) {
        return switch (request.getUrl().encodedPath()) {
            case "/members" ->
                KeyStore.json(200, this::writeMembers)
                        .newBuilder()
                        .addHeader("X-Etcd-Cluster-ID", ID)
                        .build();
            case "/version" -> version();
            default -> new MockResponse.Builder().code(404).build();
        };
    }

    private MockResponse answerClient(RecordedRequest request) {
        String path = request.getUrl().encodedPath();
        if (path.startsWith(KEYS + "/")) {
            return answerKeys(request, path.substring(KEYS.length()));
        }
        return switch (path) {
            case "/version" -> version();
            case "/health" ->
                KeyStore.json(
                        200,
                        json -> json.beginObject().name("health").value("true").endObject());
            default ->
                new MockResponse.Builder()
                        .code(404)
                        .body("404 page not found\n")
                        .build();
        };
    }

    private MockResponse answerKeys(RecordedRequest request, String key) {
        return switch (request.getMethod()) {
            case "GET", "HEAD" -> keys.get(key);
            case "PUT" -> keys.put(key, form(request));
            case "POST" -> keys.post(key, form(request));
            case "DELETE" -> keys.delete(key);
            default -> new MockResponse.Builder().code(405).build();
        };
    }

    /** The parameters of the query and of a form in the body, which etcd treats alike. */
    private static HttpUrl form(RecordedRequest request) {
        String body = request.getBody() == null ? "" : request.getBody().utf8();
        String query = request.getUrl().encodedQuery();
        // In a form, unlike in a query, "+" is a space.
        String joined = (query == null ? "" : query + "&") + body.replace("+", "%20");
        return request.getUrl().newBuilder().encodedQuery(joined).build();
    }

    private static MockResponse version() {
        return KeyStore.json(
                200,
                json -> json.beginObject()
                        .name("etcdserver")
                        .value("3.4.0")
                        .name("etcdcluster")
                        .value("3.4.0")
                        .endObject());
    }

    private void writeMembers(JsonWriter json) throws IOException {
        json.beginArray();
        for (int i = 0; i < members.size(); i++) {
            InProcessMember member = members.get(i);
            json.beginObject().name("id").value(i + 1L);
            json.name("peerURLs").beginArray().value(member.peerUrl()).endArray();
            json.name("name").value(member.name());
            json.name("clientURLs").beginArray().value(member.clientUrl()).endArray();
            json.endObject();
        }
        json.endArray();
    }
}
