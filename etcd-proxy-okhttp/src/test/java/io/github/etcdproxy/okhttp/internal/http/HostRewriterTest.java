package io.github.etcdproxy.okhttp.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.util.Random;
import okhttp3.HttpUrl;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostRewriterTest {
    private static final EtcdUrl MEMBER = EtcdUrl.of("http://a:2379");
    private static final HttpUrl KEY = HttpUrl.get("http://etcd.invalid:2379/v2/keys/a");

    private final HostRewriter urls = new HostRewriter();
    private final ViaHeader via = ViaHeader.unique(new Random(1));

    private static EtcdUrl member(int number) {
        return new EtcdUrl("http", "member" + number, 2379);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a:2379, /, http://a:2379/",
        "http://a:2379, /v2/keys/a?wait=true&x, http://a:2379/v2/keys/a?wait=true&x",
        "http://a:2379, /v2/keys/a?, http://a:2379/v2/keys/a?",
        "http://a:2379, /a%2Fb/%20c%25?q=%2B+%26, http://a:2379/a%2Fb/%20c%25?q=%2B+%26",
        "http://a:2379, //a, http://a:2379//a",
        "https://b:1, /v3/kv/range, https://b:1/v3/kv/range",
        "https://b:443, /x, https://b/x",
        "http://b:443, /x, http://b:443/x",
        "http://[::1]:2379, /x, http://[::1]:2379/x",
        "http://10.0.1.10:2379, /x, http://10.0.1.10:2379/x",
        "http://my_host:2379, /x, http://my_host:2379/x",
        "http://a:2379, /x#fragment, http://a:2379/x",
    })
    void at_member_keepsPathAndQuery(String member, String resource, String expected) throws Exception {
        HttpUrl url = HttpUrl.get("http://user:secret@etcd.invalid:2379" + resource);

        assertThat(urls.urlAt(EtcdUrl.of(member), url)).hasToString(expected);
        assertThat(urls.urlAt(EtcdUrl.of(member), url)).hasToString(expected);
    }

    @Test
    void at_sameMemberAndUrl_isBuiltOnce() throws Exception {
        HttpUrl first = urls.urlAt(MEMBER, KEY);

        assertThat(urls.urlAt(EtcdUrl.of("http://a:2379"), HttpUrl.get(KEY.toString())))
                .isSameAs(first);
    }

    @SuppressWarnings("ReferenceEquality") // what is kept is not built again
    private static boolean isSame(Object a, Object b) {
        return a == b;
    }

    @ParameterizedTest
    @CsvSource({"1024, true", "1025, false"})
    void at_longUrl_isNotKept(int length, boolean kept) throws Exception {
        HttpUrl url = HttpUrl.get(KEY + "x".repeat(length - KEY.toString().length()));
        HttpUrl first = urls.urlAt(MEMBER, url);

        assertThat(urls.urlAt(MEMBER, url)).isEqualTo(first);
        assertThat(isSame(urls.urlAt(MEMBER, url), first)).isEqualTo(kept);
    }

    @Test
    void at_manyUrlsAndMembers_areNeverMixedUp() throws Exception {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 2000; i++) { // more than there are places
                HttpUrl url = HttpUrl.get("http://etcd.invalid:2379/v2/keys/" + i);
                assertThat(urls.urlAt(member(i % 3), url)).hasToString("http://member" + i % 3 + ":2379/v2/keys/" + i);
            }
        }
    }

    /** Which is seen by the host's string: it is read once for each client URL. */
    @ParameterizedTest
    @CsvSource({"99, true", "100, false"})
    void at_hundredOtherMembers_evictTheFirst(int others, boolean kept) throws Exception {
        String host = urls.urlAt(MEMBER, KEY).host();
        for (int i = 0; i < others; i++) {
            assertThat(urls.urlAt(member(i), KEY).host()).isEqualTo("member" + i);
        }
        String again = urls.urlAt(MEMBER, HttpUrl.get(KEY + "b")).host();

        assertThat(again).isEqualTo(host);
        assertThat(isSame(again, host)).isEqualTo(kept);
    }

    @Test
    void at_urlThatOkHttpRefuses_throwsAndIsNotKept() {
        EtcdUrl refused = EtcdUrl.of("http://xn--0:2379");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> urls.urlAt(refused, KEY))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("OkHttp takes http://xn--0:2379 for no URL: ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://a:1/x, http://a:1/y?z, true",
        "http://a:1/, http://A:1/, true",
        "http://a/, http://a:80/, true",
        "http://u:p@a:1/, http://a:1/, true",
        "http://a:1/, http://a:2/, false",
        "http://a:1/, http://b:1/, false",
        "http://a:1/, https://a:1/, false",
        "http://a/, https://a/, false",
    })
    void isSameServer_comparesSchemeHostAndPort(String a, String b, boolean same) {
        assertThat(HostRewriter.isSameServer(HttpUrl.get(a), HttpUrl.get(b))).isEqualTo(same);
        assertThat(HostRewriter.isSameServer(HttpUrl.get(b), HttpUrl.get(a))).isEqualTo(same);
    }

    private Request sent(String url) {
        Request.Builder request = new Request.Builder().url(url).header("A", "1");
        via.addTo(request);
        return request.build();
    }

    private static Response.Builder response(Request request) {
        return new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .code(200)
                .message("");
    }

    @Test
    void asAsked_withoutFollowUp_isTheCallersRequest() {
        Request asked = new Request.Builder().url(KEY).build();
        Request sent = sent("http://a:2379/v2/keys/a");

        assertThat(HostRewriter.asAsked(response(sent).build(), asked, sent, via))
                .isSameAs(asked);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a:2379/b?c=d, http://etcd.invalid:2379/b?c=d, false",
        "http://a:2379/v2/keys/a, http://etcd.invalid:2379/v2/keys/a, false",
        "http://b:2379/b?c=d, http://b:2379/b?c=d, true",
        "http://a:2380/b, http://a:2380/b, true",
        "https://a:2379/b, https://a:2379/b, true",
    })
    void asAsked_afterFollowUp_isMovedFromMember(String followUp, String expected, boolean keepsVia) {
        Request asked = new Request.Builder().url(KEY).build();
        Request sent = sent("http://a:2379/v2/keys/a");
        Request last = sent(followUp);
        Response response = response(last).priorResponse(response(sent).build()).build();

        Request shown = HostRewriter.asAsked(response, asked, sent, via);

        assertThat(shown.url()).hasToString(expected);
        assertThat(shown.header("A")).isEqualTo("1");
        assertThat(via.isIn(shown.headers())).isEqualTo(keepsVia);
    }
}
