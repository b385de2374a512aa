package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.FormBody;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** Helpers of the tests on real etcd. */
final class RealEtcd {
    /** An unresolvable name: a call to it succeeds only if it was forwarded. */
    static final String LISTEN = "http://etcd.invalid:2379";

    static final MediaType JSON = MediaType.get("application/json");

    private RealEtcd() {}

    /** A cluster, a proxy that is ready, and a client that it wraps. */
    record Running(ProcessCluster cluster, EtcdProxy proxy, OkHttpClient client) implements AutoCloseable {

        /** Starts three members, or skips the test if there is no etcd and none is required. */
        static Running start() throws Exception {
            ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 3);
            EtcdProxy proxy = RealEtcd.proxy(cluster).start();
            OkHttpClient client = proxy.wrap(RealEtcd.client().build());
            proxy.awaitReady(Duration.ofSeconds(20));
            body(client, put("/v2/keys/a", "1"), 201);
            return new Running(cluster, proxy, client);
        }

        @Override
        public void close() {
            proxy.close();
            client.connectionPool().evictAll();
            cluster.close();
        }
    }

    /** A proxy on the cluster with short intervals, so that tests don't wait for minutes. */
    static EtcdProxy.Builder proxy(ProcessCluster cluster) {
        return EtcdProxy.builder()
                .listenClientUrls(LISTEN)
                .discovery(PeerDiscovery.initialCluster(cluster.initialCluster()))
                .refreshInterval(Duration.ofSeconds(2))
                .failureWait(Duration.ofMillis(500))
                .readyTimeout(Duration.ofSeconds(20));
    }

    /** An ordinary client with its own pool, so that its connections can be closed. */
    static OkHttpClient.Builder client() {
        return new OkHttpClient.Builder()
                .connectionPool(new ConnectionPool(32, 1, TimeUnit.MINUTES))
                .readTimeout(20, TimeUnit.SECONDS);
    }

    static Request get(String path) {
        return new Request.Builder().url(LISTEN + path).build();
    }

    static Request put(String path, String value) {
        return new Request.Builder()
                .url(LISTEN + path)
                .put(new FormBody.Builder().add("value", value).build())
                .build();
    }

    static Request post(String path, String value) {
        return new Request.Builder()
                .url(LISTEN + path)
                .post(new FormBody.Builder().add("value", value).build())
                .build();
    }

    static Request v3(String path, String json) {
        return new Request.Builder()
                .url(LISTEN + "/v3" + path)
                .post(RequestBody.create(json, JSON))
                .build();
    }

    /** The body of the response, which must have the status. */
    static String body(OkHttpClient client, Request request, int status) throws IOException {
        try (Response response = client.newCall(request).execute()) {
            String body = response.body().string();
            if (response.code() != status) {
                throw new IOException(
                        request.method() + " " + request.url() + " gave " + response.code() + ": " + body.strip());
            }
            return body;
        }
    }

    /** The exception that the call ends with, where errors are exceptions. */
    static EtcdProxyException failure(OkHttpClient client, Request request) {
        try (Response response = client.newCall(request).execute()) {
            throw new AssertionError("answered with " + response.code());
        } catch (EtcdProxyException e) {
            return e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
