package io.github.etcdproxy.examples.recipes.programs;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.EtcdProxy;
import okhttp3.OkHttpClient;
import retrofit2.Call;
import retrofit2.Retrofit;
import retrofit2.converter.moshi.MoshiConverterFactory;
import retrofit2.http.Field;
import retrofit2.http.FormUrlEncoded;
import retrofit2.http.GET;
import retrofit2.http.PUT;
import retrofit2.http.Path;

/** Retrofit: the v2 keys API as an interface. Moshi needs the records to be public. */
final class RetrofitProgram {
    interface Keys {
        @FormUrlEncoded
        @PUT("v2/keys/{key}")
        Call<Answer> put(@Path("key") String key, @Field("value") String value);

        @GET("v2/keys/{key}")
        Call<Answer> get(@Path("key") String key);
    }

    public record Answer(Node node) {}

    public record Node(String value) {}

    private RetrofitProgram() {}

    public static void main(String[] args) throws Exception {
        String url = "http://etcd.internal:2379";
        PeerDiscovery peers = PeerDiscovery.initialCluster(args[0]);
        try (EtcdProxy proxy =
                EtcdProxy.builder().listenClientUrls(url).discovery(peers).start()) {
            Keys keys = new Retrofit.Builder()
                    .baseUrl(url)
                    .client(proxy.wrap(new OkHttpClient()))
                    .addConverterFactory(MoshiConverterFactory.create())
                    .build()
                    .create(Keys.class);
            keys.put("retrofit", "hello, Retrofit").execute();
            System.out.println(keys.get("retrofit").execute().body().node().value());
        }
    }
}
