package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.etcdproxy.net.EtcdUrl;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnUrlsTest {
    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:2379, http://127.0.0.1:2379, true",
        "http://127.0.0.1:2379, http://localhost:2379, true",
        "http://localhost:2379, http://127.0.0.1:2379, true",
        "https://127.0.0.1:2379, http://127.0.0.1:2379, true",
        "http://0.0.0.0:2379, http://127.0.0.1:2379, true",
        "http://0.0.0.0:2379, http://localhost:2379, true",
        "http://[::]:2379, http://127.0.0.1:2379, true",
        "http://[::1]:2379, http://[0:0:0:0:0:0:0:1]:2379, true",
        "http://127.0.0.1:2379, http://127.0.0.1:2378, false",
        "http://127.0.0.1:2379, http://127.0.0.2:2379, false",
        "http://0.0.0.0:2379, http://192.0.2.1:2379, false",
        "http://127.0.0.1:2379, http://nobody.invalid:2379, false",
        "http://nobody.invalid:2379, http://nobody.invalid:2379, true"
    })
    void anAdvertisedUrlThatLeadsBackIsKnown(String listen, String advertised, boolean own) {
        assertThat(new OwnUrls(List.of(EtcdUrl.of(listen))).contains(EtcdUrl.of(advertised)))
                .isEqualTo(own);
    }

    /** The original forwarded to itself until it ran out of files. */
    @Test
    void aMemberThatAdvertisesTheSidecarIsNotUsedByIt(@TempDir Path directory) throws Exception {
        try (RawMember member = new RawMember();
                RunningSidecar sidecar =
                        RunningSidecar.of("m=" + member.url(), directory, "--proxy-refresh-interval", "100")) {
            member.advertises(sidecar.url(), member.url());
            int before = member.listed();
            await().until(() -> member.listed() > before + 1);
            assertThat(RawClient.ask(sidecar.port(), "GET /v2/config/local/proxy HTTP/1.1\r\nHost: x\r\n\r\n")
                            .body())
                    .isEqualTo("{\"endpoints\":[\"" + member.url() + "\"]}\n");
        }
    }
}
