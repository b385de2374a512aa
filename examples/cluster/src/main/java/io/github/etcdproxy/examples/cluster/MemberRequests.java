package io.github.etcdproxy.examples.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * The requests by which a cluster of processes is watched and changed. Each is repeated until it succeeds, since etcd
 * needs some seconds to settle. Not thread safe.
 */
final class MemberRequests {
    private static final long TIMEOUT_SECONDS = 60;

    private final List<EtcdProcess> members;
    private final @Nullable ClusterTls tls;

    /** Sends requests to members, a list that may change. */
    MemberRequests(List<EtcdProcess> members, @Nullable ClusterTls tls) {
        this.members = members;
        this.tls = tls;
    }

    /** Waits until {@code /members} has a client URL for every member; false if one dies. */
    boolean awaitPublished() {
        Request request =
                new Request.Builder().url(members.get(0).peerUrl() + "/members").build();
        Predicate<String> complete = body -> members.stream().allMatch(member -> body.contains(member.advertisedUrl()));
        return awaitAnswer(client(true), request, complete).isPresent();
    }

    /** Waits until a member knows a leader and takes part. */
    void awaitLinearizableRead(EtcdProcess member) {
        awaitAnswer(member, "/v3/kv/range", "{\"key\":\"AA==\"}");
    }

    /** Adds a member to the cluster's configuration. */
    void add(String peerUrl) {
        awaitAnswer(members.get(0), "/v3/cluster/member/add", "{\"peerURLs\":[\"" + peerUrl + "\"]}");
    }

    /** Removes a member from the cluster's configuration. */
    void remove(EtcdProcess member) {
        String list = awaitAnswer(members.get(0), "/v3/cluster/member/list", "{}");
        String entry = Stream.of(list.split("\\{", -1))
                .filter(part -> part.contains("\"name\":\"" + member.name() + "\""))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(member.name() + " is not in " + list));
        String id = entry.replaceAll("(?s).*\"ID\":\"(\\d+)\".*", "$1");
        awaitAnswer(members.get(0), "/v3/cluster/member/remove", "{\"ID\":\"" + id + "\"}");
    }

    private String awaitAnswer(EtcdProcess member, String path, String json) {
        Request request = new Request.Builder()
                .url(member.clientUrl() + path)
                .post(RequestBody.create(json, MediaType.get("application/json")))
                .build();
        return awaitAnswer(client(false), request, body -> true)
                .orElseThrow(() -> new IllegalStateException("a member died: "
                        + members.stream()
                                .filter(EtcdProcess::hasDied)
                                .map(EtcdProcess::lastOutput)
                                .collect(Collectors.joining("\n"))));
    }

    /** Repeats a request until the response is 200 with an accepted body. Empty if a member dies meanwhile. */
    private Optional<String> awaitAnswer(OkHttpClient client, Request request, Predicate<String> accepted) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        String last = "";
        while (System.nanoTime() - deadline < 0) {
            if (members.stream().anyMatch(EtcdProcess::hasDied)) {
                return Optional.empty();
            }
            try (Response response = client.newCall(request).execute()) {
                last = response.code() + " " + response.body().string();
                if (response.isSuccessful() && accepted.test(last)) {
                    return Optional.of(last);
                }
            } catch (IOException e) {
                last = e.toString();
            }
            members.get(0).pause();
        }
        throw new IllegalStateException(
                request.url() + " has no expected response after " + TIMEOUT_SECONDS + " s, but " + last);
    }

    /** Keeps no connections, so that tests that count sockets count only their own. */
    private OkHttpClient client(boolean toPeers) {
        OkHttpClient.Builder builder = new OkHttpClient.Builder()
                .connectionPool(new ConnectionPool(0, 1, TimeUnit.MILLISECONDS))
                .readTimeout(20, TimeUnit.SECONDS);
        if (tls != null) {
            // Accepts certificates for any name: the servers at these ports are ours.
            (toPeers ? tls.peers() : tls.clients()).configure(builder).hostnameVerifier((host, session) -> true);
        }
        return builder.build();
    }
}
