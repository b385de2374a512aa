package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.examples.sidecar.Target.BadTargetException;
import okhttp3.HttpUrl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
    private static final HttpUrl BASE = HttpUrl.get("http://member:2379");

    private static String forwarded(String target) throws BadTargetException {
        HttpUrl url = Target.of(BASE, target);
        return url.encodedPath() + (url.encodedQuery() == null ? "" : "?" + url.encodedQuery());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v2/keys/a?wait=true&recursive=true",
                "/v2/keys/a%2Fb%41%7e?x=%41+%2B",
                "/v2/keys/a?",
                "/v2/keys/a?b",
                "/v2/keys//a//",
                "//v2/keys/a",
                "/v2/keys/a;b=c,d",
                "/v2/keys/a..b/.c/...",
                "/v2/keys/%C3%A9",
                "/v2/keys/a?b=/../c",
                "/v2/keys/a@b:c!$&'()*+,;=-_~"
            })
    void isPassedOnByteForByte(String target) throws Exception {
        assertThat(forwarded(target)).isEqualTo(target);
    }

    @ParameterizedTest
    @CsvSource({
        "/v2/keys/é, /v2/keys/%C3%A9",
        "/v2/keys/a|b^c`d{e}, /v2/keys/a%7Cb%5Ec%60d%7Be%7D",
        "/v2/keys/a?b=\"c'd<e>, /v2/keys/a?b=%22c%27d%3Ce%3E",
        "/v2/keys/[a], /v2/keys/[a]"
    })
    void isEncodedWhereOkHttpMustWithTheSameMeaning(String target, String forwarded) throws Exception {
        assertThat(forwarded(target)).isEqualTo(forwarded);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v2/./keys/a",
                "/v2/keys/..",
                "/v2/keys/../members",
                "/v2/%2e%2E/keys/a",
                "/v2/keys/a/.",
                "/v2/keys/a/%2e",
                "/v2\\keys\\a",
                "/v2/keys\\..\\a",
                "/v2/keys/a#b",
                "/v2/keys/a?b#c",
                "/v2/keys/\uFFFD",
                "v2/keys/a",
                "*",
                ""
            })
    void isRefusedWhereTheMeaningWouldChange(String target) {
        assertThatThrownBy(() -> Target.of(BASE, target)).isInstanceOf(BadTargetException.class);
    }
}
