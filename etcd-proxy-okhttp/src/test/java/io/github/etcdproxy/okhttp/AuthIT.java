package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.JSON;
import static io.github.etcdproxy.okhttp.RealEtcd.LISTEN;
import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static io.github.etcdproxy.okhttp.RealEtcd.get;
import static io.github.etcdproxy.okhttp.RealEtcd.put;
import static io.github.etcdproxy.okhttp.RealEtcd.v3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.examples.cluster.EtcdProcess;
import io.github.etcdproxy.registry.ProxyStatus.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.Credentials;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.Test;

/** etcd's authentication passes through the proxy unchanged, even when a member dies. */
class AuthIT extends OnRealCluster {
    private static final String ROOT = Credentials.basic("root", "secret");

    private static Request json(String method, String path, String json, String authorization) {
        Request.Builder request =
                new Request.Builder().url(LISTEN + path).method(method, RequestBody.create(json, JSON));
        return (authorization.isEmpty() ? request : request.header("Authorization", authorization)).build();
    }

    private static Request with(Request request, String authorization) {
        return request.newBuilder().header("Authorization", authorization).build();
    }

    @Test
    void basicAuthenticationOfTheV2ApiPasses() throws Exception {
        body(client, json("PUT", "/v2/auth/users/root", "{\"user\":\"root\",\"password\":\"secret\"}", ""), 201);
        body(client, json("PUT", "/v2/auth/enable", "", ""), 200);
        String revoke = "{\"role\":\"guest\",\"revoke\":{\"kv\":{\"read\":[\"/*\"],\"write\":[\"/*\"]}}}";
        body(client, json("PUT", "/v2/auth/roles/guest", revoke, ROOT), 200);

        body(client, get("/v2/keys/a"), 401);
        body(client, put("/v2/keys/a", "2"), 401);
        body(client, with(get("/v2/keys/a"), Credentials.basic("root", "wrong")), 401);
        body(client, with(put("/v2/keys/a", "2"), ROOT), 200);

        // By OkHttp's authenticator, which is asked beneath the proxy and sees the member's URL.
        OkHttpClient authenticating = client.newBuilder()
                .authenticator((route, response) ->
                        response.request().header("Authorization") != null ? null : with(response.request(), ROOT))
                .build();
        assertThat(body(authenticating, get("/v2/keys/a"), 200)).contains("\"value\":\"2\"");

        try (Response watch = client.newCall(with(get("/v2/keys/a?wait=true&stream=true"), ROOT))
                .execute()) {
            EtcdProcess victim = pinned();
            victim.kill();
            assertThat(body(client, with(get("/v2/keys/a"), ROOT), 200)).contains("\"value\":\"2\"");
            victim.restart();
            cluster.awaitHealthy();
            body(client, with(put("/v2/keys/a", "3"), ROOT), 200);
            assertThat(watch.body().source().readUtf8Line()).contains("\"value\":\"3\"");
        }
    }

    /** Turns authentication on. */
    private String tokenOfRoot() throws IOException {
        body(client, v3("/auth/user/add", "{\"name\":\"root\",\"password\":\"secret\"}"), 200);
        body(client, v3("/auth/role/add", "{\"name\":\"root\"}"), 200);
        body(client, v3("/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}"), 200);
        body(client, v3("/auth/enable", "{}"), 200);
        String authenticated =
                body(client, v3("/auth/authenticate", "{\"name\":\"root\",\"password\":\"secret\"}"), 200);
        Matcher matcher = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(authenticated);
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    @Test
    void v3Token_knownByOneMember_isAccepted() throws Exception {
        String token = tokenOfRoot();
        Request write = with(v3("/kv/put", "{\"key\":\"YQ==\",\"value\":\"YQ==\"}"), token);
        Request read = with(v3("/kv/range", "{\"key\":\"YQ==\"}"), token);
        Request create = with(v3("/watch", "{\"create_request\":{\"key\":\"YQ==\"}}"), token);
        OkHttpClient http2 = RealEtcd.client()
                .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                .build();
        // In turns, so that members that do not know the token are asked.
        try (EtcdProxy spread = RealEtcd.proxy(cluster).roundRobin(true).start();
                Response watch = client.newCall(create).execute()) {
            spread.awaitReady(Duration.ofSeconds(20));
            OkHttpClient spreading = spread.wrap(RealEtcd.client().build());
            assertThat(watch.body().source().readUtf8Line()).contains("\"created\":true");
            EtcdProcess first = pinned(); // of the watch
            EtcdProcess second = (EtcdProcess)
                    cluster.memberAt(proxy.status().endpoints().get(1).url().toString());
            for (EtcdProcess victim : List.of(first, second)) {
                victim.kill();
                victim.restart();
                await().atMost(Duration.ofSeconds(60))
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .untilAsserted(() -> body(client, write, 200));
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> spread.status().endpoints().stream().allMatch(Endpoint::isAvailable));
            for (int i = 0; i < 6; i++) {
                body(spreading, read, 200);
                body(spreading, write, 200);
                try (Response range =
                        spread.wrap(http2).newCall(grpcRange(token)).execute()) {
                    assertThat(range.header("grpc-status")).isNull(); // it is in the trailers, after a message
                    assertThat(range.body().bytes()).isNotEmpty();
                }
                try (Response opened = spreading.newCall(create).execute()) {
                    assertThat(opened.body().source().readUtf8Line())
                            .contains("\"created\":true")
                            .doesNotContain("canceled");
                }
            }
            assertThat(watch.body().source().readUtf8Line()).contains("\"mod_revision\"");
            body(spreading, with(write, "unknown.1"), 401);
        } finally {
            http2.connectionPool().evictAll();
        }
    }

    private static Request grpcRange(String token) {
        byte[] keyA = {0, 0, 0, 0, 3, 10, 1, 'a'};
        return new Request.Builder()
                .url(LISTEN + "/etcdserverpb.KV/Range")
                .header("token", token)
                .header("te", "trailers")
                .post(RequestBody.create(keyA, MediaType.get("application/grpc")))
                .build();
    }

    @Test
    void v3Token_isAcceptedByEveryMember() throws Exception {
        String token = tokenOfRoot();
        Request write = v3("/kv/put", "{\"key\":\"YQ==\",\"value\":\"YQ==\"}");

        body(client, write, 400);
        body(client, with(write, "wrong"), 401);
        body(client, with(write, token), 200);

        try (Response watch = client.newCall(with(v3("/watch", "{\"create_request\":{\"key\":\"YQ==\"}}"), token))
                .execute()) {
            BufferedSource messages = watch.body().source();
            assertThat(messages.readUtf8Line()).contains("\"created\":true");
            EtcdProcess victim = pinned();
            victim.kill();
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .untilAsserted(() -> body(client, with(write, token), 200));
            assertThat(messages.readUtf8Line()).contains("\"mod_revision\"");
            victim.restart();
        }
    }
}
