package io.github.etcdproxy.okhttp.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import okhttp3.Headers;
import okhttp3.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ViaHeaderTest {
    private final ViaHeader via = ViaHeader.unique(new Random(1));

    /** Lines of a header are separated by {@code /}; {@code $} stands for the pseudonym. */
    private Headers headers(String lines) {
        Headers.Builder headers = new Headers.Builder();
        for (String line : lines.split("/", -1)) {
            headers.add(ViaHeader.NAME, line.strip().replace("$", via.toString()));
        }
        return headers.build();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.1 $                     | true",
                "2 $                       | true",
                "1.1   $                   | true",
                "1.1 $ (a comment)         | true",
                "1.1 other, 1.1 $          | true",
                "1.1 $,1.1 other           | true",
                "1.1 $ , 1.1 other         | true",
                "1.1 other / 1.1 $         | true",
                "1.1 other                 | false",
                "$                         | false", // no protocol
                "1.1 $x                    | false",
                "1.1 x$                    | false",
                "1.1 other ($)             | false", // a comment of another
                "$ other                   | false",
                ",                         | false",
                "''                        | false",
            })
    void isIn_viaHeader_findsOwnPseudonym(String lines, boolean passed) {
        assertThat(via.isIn(headers(lines))).isEqualTo(passed);
    }

    @Test
    void isIn_withoutViaHeader_isFalse() {
        assertThat(via.isIn(Headers.of("X-Via", "1.1 " + via))).isFalse();
    }

    @Test
    void addTo_keepsOtherHopsBeforeOwn() {
        Request.Builder request = new Request.Builder().url("http://a/").header(ViaHeader.NAME, "1.1 other");
        via.addTo(request);

        assertThat(request.build().headers(ViaHeader.NAME)).containsExactly("1.1 other", "1.1 " + via);
        assertThat(via.isIn(request.build().headers())).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.1 $                       | ''",
                "1.1 other                   | 1.1 other",
                "1.1 other / 1.1 $           | 1.1 other",
                "1.1 $ / 1.1 other           | 1.1 other",
                "1.1 a / 1.1 $ / 1.1 b       | 1.1 a/1.1 b",
                "1.1 $x                      | 1.1 $x",
            })
    void removeFrom_takesOffOwnHopOnly(String given, String left) {
        Headers.Builder headers = headers(given).newBuilder().add("A", "1");
        via.removeFrom(headers);

        assertThat(headers.get("A")).isEqualTo("1");
        assertThat(String.join("/", headers.build().values(ViaHeader.NAME)))
                .isEqualTo(left.replace("$", via.toString()));
    }

    @Test
    void unique_otherProxy_isNotRecognized() {
        Random random = new Random(1);
        List<ViaHeader> proxies = List.of(ViaHeader.unique(random), ViaHeader.unique(random));

        assertThat(proxies.get(0).isIn(Headers.of(ViaHeader.NAME, "1.1 " + proxies.get(1))))
                .isFalse();
        assertThat(via).asString().matches("etcd-proxy-[0-9a-f]{1,16}");
    }
}
