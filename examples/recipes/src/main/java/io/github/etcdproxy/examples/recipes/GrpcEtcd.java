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
 * <p>A call is forwarded like any other, reads to the next member if need be, writes to one. A stream, other than a
 * watch of the JSON gateway, ends when its member does: with an {@link java.io.IOException}, also where the member is
 * frozen. Open it again from the last revision.
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

    /** WatchResumer keys: a stream each way. */
    public static final GrpcMethod<WatchRequest, WatchResponse> WATCH =
            new GrpcMethod<>("/etcdserverpb.Watch/Watch", WatchRequest.ADAPTER, WatchResponse.ADAPTER);

    /** Asks for a lease. */
    public static final GrpcMethod<LeaseGrantRequest, LeaseGrantResponse> LEASE_GRANT =
            new GrpcMethod<>("/etcdserverpb.Lease/LeaseGrant", LeaseGrantRequest.ADAPTER, LeaseGrantResponse.ADAPTER);

    /** Keeps leases alive: a stream each way. */
    public static final GrpcMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse> LEASE_KEEP_ALIVE = new GrpcMethod<>(
            "/etcdserverpb.Lease/LeaseKeepAlive", LeaseKeepAliveRequest.ADAPTER, LeaseKeepAliveResponse.ADAPTER);

    private GrpcEtcd() {}

    /**
     * A client for members without TLS, which, too, are best started with {@code --max-concurrent-streams 1000}. OkHttp
     * speaks HTTP/2 in clear text only if it is told that nothing else is spoken; so whoever uses the v2 keys API or
     * the JSON gateway as well wraps a second client.
     *
     * @param listenUrl the listen client URL
     * @param proxy where calls to it go
     * @param existing left as it is
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
     * A client for members with TLS, where the protocol is agreed on in the handshake and one client serves for all.
     * Start the members with {@code --max-concurrent-streams 1000}, say: their default, 4 294 967 295, OkHttp takes for
     * none at all, and then makes a new connection, with a handshake, for each call (seen with OkHttp 5.5.1 and etcd
     * 3.4.23).
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
