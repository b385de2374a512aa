package io.github.etcdproxy.okhttp.internal.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.stream.Stream;
import okhttp3.HttpUrl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenUrlsTest {

    @ParameterizedTest
    @CsvSource({
        "http://localhost:2379, http://localhost:2379/v2/keys/a?x=y, true",
        "http://localhost:2379, http://LOCALHOST:2379/, true",
        "http://localhost:2379, http://user:pw@localhost:2379/, true",
        "http://localhost:2379, http://127.0.0.1:2379/, false",
        "http://localhost:2379, http://localhost:2380/, false",
        "http://localhost:2379, https://localhost:2379/, false",
        "http://localhost:2379, http://localhost.example.com:2379/, false",
        "http://localhost:2379 http://127.0.0.1:4001, http://127.0.0.1:4001/, true",
        "http://localhost:2379 http://127.0.0.1:4001, http://localhost:4001/, false",
        "http://Etcd.Internal:80, http://etcd.internal/, true",
        "https://etcd.internal:443, https://etcd.internal/, true",
        "http://[0:0:0:0:0:0:0:1]:2379, http://[::1]:2379/, true",
        "http://etcd_1:2379, http://etcd_1:2379/, true",
        "http://0.0.0.0:2379, http://localhost:2379/, true",
        "http://0.0.0.0:2379, http://127.0.0.1:2379/, true",
        "http://0.0.0.0:2379, http://[::1]:2379/, true",
        "http://0.0.0.0:2379, http://0.0.0.0:2379/, true",
        "http://[::]:2379, http://localhost:2379/, true",
        "http://0.0.0.0:2379, http://10.0.1.10:2379/, false",
        "http://0.0.0.0:2379, http://localhost:2380/, false",
    })
    void onlyCallsToAListenClientUrlAreForwarded(String listen, String call, boolean ours) {
        ListenUrls urls =
                new ListenUrls(Stream.of(listen.split(" ", -1)).map(EtcdUrl::of).toList());

        assertThat(urls.contains(HttpUrl.get(call))).isEqualTo(ours);
    }
}
