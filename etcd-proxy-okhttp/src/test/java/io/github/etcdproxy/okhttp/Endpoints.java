package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.examples.cluster.EtcdProxyProcess;
import java.io.IOException;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import okhttp3.OkHttpClient;
import okhttp3.Request;

/** The response of {@code /v2/config/local/proxy}, of the original and of this library. */
final class Endpoints {
    private static final Pattern URL = Pattern.compile("http[^\"]+");

    private Endpoints() {}

    /** The endpoints in alphabetical order. */
    static List<String> of(EtcdProxyProcess original) throws IOException {
        return read(new OkHttpClient(), original.url());
    }

    /** The endpoints in alphabetical order. */
    static List<String> of(EtcdProxy proxy) throws IOException {
        return read(proxy.wrap(new OkHttpClient()), RealEtcd.LISTEN);
    }

    private static List<String> read(OkHttpClient client, String url) throws IOException {
        String body = RealEtcd.body(
                client,
                new Request.Builder().url(url + "/v2/config/local/proxy").build(),
                200);
        client.connectionPool().evictAll();
        return URL.matcher(body).results().map(MatchResult::group).sorted().toList();
    }
}
