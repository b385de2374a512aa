package io.github.etcdproxy.examples.recipes.programs;

import com.squareup.wire.GrpcClient;
import com.squareup.wire.GrpcMethod;
import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.examples.recipes.etcdserverpb.PutRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.PutResponse;
import io.github.etcdproxy.examples.recipes.etcdserverpb.RangeRequest;
import io.github.etcdproxy.examples.recipes.etcdserverpb.RangeResponse;
import io.github.etcdproxy.okhttp.EtcdProxy;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okio.ByteString;

/** gRPC by Wire. Start the members with {@code --max-concurrent-streams 1000}. */
final class GrpcProgram {
    private static final GrpcMethod<PutRequest, PutResponse> PUT =
            new GrpcMethod<>("/etcdserverpb.KV/Put", PutRequest.ADAPTER, PutResponse.ADAPTER);
    private static final GrpcMethod<RangeRequest, RangeResponse> RANGE =
            new GrpcMethod<>("/etcdserverpb.KV/Range", RangeRequest.ADAPTER, RangeResponse.ADAPTER);

    private GrpcProgram() {}

    public static void main(String[] args) throws Exception {
        String url = "http://etcd.internal:2379";
        PeerDiscovery peers = PeerDiscovery.initialCluster(args[0]);
        try (EtcdProxy proxy =
                EtcdProxy.builder().listenClientUrls(url).discovery(peers).start()) {
            OkHttpClient http2 = new OkHttpClient.Builder()
                    .protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)) // not needed for members with TLS
                    .build();
            GrpcClient etcd = new GrpcClient.Builder()
                    .client(proxy.wrap(http2))
                    .baseUrl(url)
                    .minMessageToCompress(Long.MAX_VALUE) // etcd has no decompressor
                    .build();
            ByteString key = ByteString.encodeUtf8("grpc");
            ByteString value = ByteString.encodeUtf8("hello, gRPC");
            etcd.newCall(PUT)
                    .executeBlocking(
                            new PutRequest.Builder().key(key).value(value).build());
            RangeResponse range = etcd.newCall(RANGE)
                    .executeBlocking(new RangeRequest.Builder().key(key).build());
            System.out.println(range.kvs.get(0).value.utf8());
        }
    }
}
