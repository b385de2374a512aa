package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import okhttp3.FormBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

/** A discovery service: one real member, reached through a link that counts connections and can break them. */
final class DiscoveryService implements AutoCloseable {
    private final ProcessCluster cluster;
    private final FaultyLink link;
    private final OkHttpClient client = RealEtcd.client().build();

    private DiscoveryService(ProcessCluster cluster, FaultyLink link) {
        this.cluster = cluster;
        this.link = link;
    }

    static DiscoveryService start() {
        ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
        int port = URI.create(cluster.members().get(0).clientUrl()).getPort();
        return new DiscoveryService(cluster, new FaultyLink(port));
    }

    EtcdProcess process() {
        return cluster.members().get(0);
    }

    /** Connections through the link, each of which carries one request, since the proxy keeps none open to peers. */
    FaultyLink link() {
        return link;
    }

    /** A client URL of the service that goes through the link. */
    String url() {
        return link.url();
    }

    String directUrl() {
        return process().clientUrl();
    }

    /** The path of a token of the v2 API; append it to {@link #url} or {@link #directUrl}. */
    static String path(String token) {
        return "/v2/keys/_etcd/registry/" + token;
    }

    void createToken(String token, String size) throws IOException {
        put(path(token) + "/_config/size", size);
    }

    void put(String path, String value) throws IOException {
        Request put = new Request.Builder()
                .url(directUrl() + path)
                .put(new FormBody.Builder().add("value", value).build())
                .build();
        RealEtcd.body(client, put, 201);
    }

    void delete(String path) throws IOException {
        RealEtcd.body(
                client, new Request.Builder().url(directUrl() + path).delete().build(), 200);
    }

    String get(String path) throws IOException {
        return RealEtcd.body(
                client, new Request.Builder().url(directUrl() + path).build(), 200);
    }

    void putV3(String key, String value) throws IOException {
        v3("/v3/kv/put", "{\"key\":\"" + base64(key) + "\",\"value\":\"" + base64(value) + "\"}");
    }

    String v3(String path, String json) throws IOException {
        Request post = new Request.Builder()
                .url(directUrl() + path)
                .post(RequestBody.create(json, RealEtcd.JSON))
                .build();
        return RealEtcd.body(client, post, 200);
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A cluster whose members find each other by a token; none has been started yet. */
    static ProcessCluster membersOf(String tokenUrl, int count) {
        ProcessCluster members = ProcessCluster.empty(EtcdBinary.forTest());
        for (int i = 0; i < count; i++) {
            members.prepare("infra" + i, peerUrl -> List.of("--discovery", tokenUrl));
        }
        return members;
    }

    @Override
    public void close() {
        link.close();
        client.connectionPool().evictAll();
        cluster.close();
    }
}
