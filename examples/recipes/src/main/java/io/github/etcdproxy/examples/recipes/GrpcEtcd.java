package io.github.etcdproxy.examples.recipes;

import com.squareup.wire.GrpcClient;
import com.squareup.wire.GrpcMethod;
import io.github.etcdproxy.examples.recipes.etcdserverpb.LeaseGrantRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.LeaseGrantResponse;
import io.github.etcdproxy.examples.recipes.etcdserverpb.LeaseKeepAliveRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.LeaseKeepAliveResponse;
import io.github.etcdproxy.examples.recipes.etcdserverpb.PutRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.PutResponse;
import io.github.etcdproxy.examples.recipes.etcdserverpb.RangeRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.RangeResponse;
import io.github.etcdproxy.examples.recipes.etcdserverpb.TxnRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.TxnResponse;
import io.github.etcdproxy.examples.recipes.etcdserverpb.WatchRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.WatchResponse;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/**
 * etcd's own API, gRPC, by Wire. Its messages are generated from {@code etcd.proto} when this module is built; for its
 * services Wire generates Kotlin only, so that the methods are named here.
 *
 * <p>Calls are forwarded like any others: reads can go to the next member, writes go to one. A stream, unlike a watch
 * of the JSON gateway, ends with its member: with an {@link java.io.IOException}, even if the member is frozen. Open it
 * again from the last revision.
 */
public final class GrpcEtcd {
    /** Reads keys. */
    public static final GrpcMethod<RangeRequest, RangeResponse> RANGE =
            new GrpcMethod<>("/etcdserverpb.KV/Range", RangeRequest.ADAPTER, RangeResponse.ADAPTER);

    /** Writes a key. */
    public static final GrpcMethod<PutRequest, PutResponse> PUT =
            new GrpcMethod<>("/etcdserverpb.KV/Put", PutRequest.ADAPTER, PutResponse.ADAPTER);

    /** Reads and writes keys at once, if they are as expected. */
    public static final GrpcMethod<TxnRequest, TxnResponse> TXN =
            new GrpcMethod<>("/etcdserverpb.KV/Txn", TxnRequest.ADAPTER, TxnResponse.ADAPTER);

    /** Watches keys: a bidirectional stream. */
    public static final GrpcMethod<WatchRequest, WatchResponse> WATCH =
            new GrpcMethod<>("/etcdserverpb.Watch/Watch", WatchRequest.ADAPTER, WatchResponse.ADAPTER);

    /** Asks for a lease. */
    public static final GrpcMethod<LeaseGrantRequest, LeaseGrantResponse> LEASE_GRANT =
            new GrpcMethod<>("/etcdserverpb.Lease/LeaseGrant", LeaseGrantRequest.ADAPTER, LeaseGrantResponse.ADAPTER);

    /** Keeps leases alive: a bidirectional stream. */
    public static final GrpcMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse> LEASE_KEEP_ALIVE = new GrpcMethod<>(
            "/etcdserverpb.Lease/LeaseKeepAlive", LeaseKeepAliveRequest.ADAPTER, LeaseKeepAliveResponse.ADAPTER);

    private GrpcEtcd() {}

    /**
     * Creates a client for members without TLS. Start the members with {@code --max-concurrent-streams 1000}. OkHttp
     * uses HTTP/2 without TLS only with prior knowledge, so an application that also uses the v2 keys API or the JSON
     * gateway wraps a second client.
     *
     * @param listenUrl the listen client URL
     * @param proxy the proxy that forwards its calls
     * @param existing the application's client, which is not modified
     * @return a gRPC client
     */
    public static GrpcClient plain(String listenUrl, EtcdProxy proxy, OkHttpClient existing) {
        return over(
                listenUrl,
                proxy.wrap(existing.newBuilder()
                        .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE))
                        .build()));
    }

    /**
     * Creates a client for members with TLS, where the handshake negotiates the protocol and one client serves all
     * APIs. Start the members with a limit such as {@code --max-concurrent-streams 1000}: their default, 4 294 967 295,
     * overflows in OkHttp, which then opens a new connection, with a handshake, for each call (seen with OkHttp 5.5.1
     * and etcd 3.4.23).
     *
     * @param listenUrl the listen client URL
     * @param wrapped the client that forwards its calls
     * @return a gRPC client
     */
    public static GrpcClient over(String listenUrl, OkHttpClient wrapped) {
        return new GrpcClient.Builder()
                .client(wrapped)
                .baseUrl(listenUrl)
                .minMessageToCompress(Long.MAX_VALUE) // etcd has no decompressor
                .build();
    }
}
