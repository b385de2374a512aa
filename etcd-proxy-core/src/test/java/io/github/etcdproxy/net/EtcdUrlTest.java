package io.github.etcdproxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EtcdUrlTest {

    @ParameterizedTest
    @CsvSource({
        "http://10.0.1.10:2380, http, 10.0.1.10, 2380",
        "'  https://Infra0.Example.COM:2379 ', https, infra0.example.com, 2379",
        "HTTP://localhost:1, http, localhost, 1",
        "http://etcd_1:65535, http, etcd_1, 65535",
        "http://example.com.:2379, http, example.com., 2379",
        "http://[::1]:2379, http, ::1, 2379",
        "http://[FE80::1:2]:2379, http, fe80::1:2, 2379",
        "http://[::ffff:10.0.0.1]:2379, http, ::ffff:10.0.0.1, 2379",
        "http://user:secret@10.0.1.10:2380, http, 10.0.1.10, 2380",
        "http://a:b@c:d@10.0.1.10:2380, http, 10.0.1.10, 2380",
    })
    void readsSchemeHostAndPort(String text, String scheme, String host, int port) {
        assertThat(EtcdUrl.of(text)).isEqualTo(new EtcdUrl(scheme, host, port));
    }

    @ParameterizedTest
    @CsvSource({
        "'', scheme://host:port",
        "10.0.1.10:2380, scheme://host:port",
        "//10.0.1.10:2380, scheme://host:port",
        "unix:///var/run/etcd, must not have a path",
        "ftp://10.0.1.10:2380, scheme must be http or https",
        "unix://localhost:1, scheme must be http or https",
        "http://10.0.1.10, host:port",
        "http://10.0.1.10:, host:port",
        "http://:2380, host:port",
        "http://, host:port",
        "http://10.0.1.10:0, port must be from 1 to 65535",
        "http://10.0.1.10:65536, port must be from 1 to 65535",
        "http://10.0.1.10:999999, host:port",
        "http://10.0.1.10:-1, host:port",
        "http://10.0.1.10:2380/, must not have a path",
        "http://10.0.1.10:2380/v2, must not have a path",
        "http://10.0.1.10:2380?x=y, must not have a path",
        "http://10.0.1.10:2380#x, must not have a path",
        "http://10.0.1.10 :2380, host:port",
        "http://a b:2380, host:port",
        "http://a..b:2380, host:port",
        "http://.a:2380, host:port",
        "http://::1:2380, host:port",
        "http://[1:2]:2380, IPv6",
        "http://[::g]:2380, host:port",
        "http://ä.example:2380, host:port",
        "http://1234567890123456789012345678901234567890123456789012345678901234.com:1, host:port",
    })
    void parse_invalidUrl_saysWhatToWrite(String text, String hint) {
        assertThatThrownBy(() -> EtcdUrl.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"")
                .hasMessageContaining(hint);
    }

    @ParameterizedTest
    @CsvSource({
        "http://root:se/cret@10.0.0.1:2379",
        "http://root:se?cret@10.0.0.1:2379",
        "http://root:se#cret@10.0.0.1:2379",
        "root:secret@10.0.0.1:2379",
        "http:/root:secret@10.0.0.1:2379",
        "http://root:secret@",
        "http://root:sec ret@10.0.0.1:2379/",
    })
    void parse_invalidUrl_hidesPassword(String text) {
        assertThatThrownBy(() -> EtcdUrl.of(text)).hasMessageContaining("***@").hasMessageNotContaining("cret");
    }

    @Test
    void showsNoUserInformation() {
        assertThatThrownBy(() -> EtcdUrl.of("http://user:secret@10.0.1.10:2380/path"))
                .hasMessageContaining("http://***@10.0.1.10:2380/path")
                .hasMessageNotContaining("secret");
        assertThat(EtcdUrl.of("http://user:secret@10.0.1.10:2380")).hasToString("http://10.0.1.10:2380");
    }

    @ParameterizedTest
    @CsvSource({
        "http://0.0.0.0:2379, true",
        "http://[::]:2379, true",
        "http://[0:0:0:0:0:0:0:0]:2379, true",
        "http://[::0.0.0.0]:2379, true",
        "http://[::ffff:0.0.0.0]:2379, true",
        "http://0:2379, true",
        "http://00.0:2379, true",
        "http://[::1]:2379, false",
        "http://10.0.0.0:2379, false",
        "http://localhost:2379, false",
    })
    void knowsWildcards(String url, boolean wildcard) {
        assertThat(EtcdUrl.of(url).hasWildcardHost()).isEqualTo(wildcard);
    }

    @Test
    void isWrittenAsEtcdWritesIt() {
        assertThat(EtcdUrl.of("HTTP://[::1]:2379")).hasToString("http://[::1]:2379");
        assertThat(EtcdUrl.of("http://etcd_1:2379").resolve("/members")).hasToString("http://etcd_1:2379/members");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2130706433",
                "0x7f000001",
                "0X7F000001",
                "017700000001",
                "0177.0.0.1",
                "127.1",
                "127.0.1",
                "127.0.0.1.",
                "127.1.",
                "0x7f000001.",
                "0x7f.0.0.1",
                "127.0.0.01",
                "256.1.1.1",
                "1",
                "0x",
                "127.0x1",
                "[::ffff:0177.0.0.1]",
            })
    void addressInAnUnusualForm_isRefused(String host) {
        assertThatThrownBy(() -> EtcdUrl.of("http://" + host + ":9"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"http://" + host.toLowerCase(Locale.ROOT) + ":9\"")
                .hasMessageContaining("usual form");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "255.255.255.255",
                "0x7f.example.com",
                "1password",
                "0xg",
                "1.example",
                "1-2",
                "4711abc",
                "999999999999",
                "1.2.3.4.5",
                "10.0.0.1.nip.io",
                "[::ffff:127.0.0.1]",
                "0x1234567890",
            })
    void hostNameWithDigits_isAccepted(String host) {
        assertThat(EtcdUrl.of("http://" + host + ":9")).hasToString("http://" + host + ":9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fe80::1%25eth0", "fe80::1%eth0", "FE80::1%2", "::1%", "fe80::1%25en%5D0"})
    void zoneId_isRefusedByName(String host) {
        assertThatThrownBy(() -> EtcdUrl.of("http://[" + host + "]:2380"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"http://[" + host + "]:2380\": zone ids are not supported");
        assertThatThrownBy(() -> new EtcdUrl("http", host, 2380)).hasMessageContaining("zone ids are not supported");
        assertThatThrownBy(() -> EtcdUrl.parseList("listen", "http://[" + host + "]:2380"))
                .hasMessageContaining("listen: ")
                .hasMessageContaining("zone ids are not supported");
    }

    @Test
    void invalidUrl_isShownWithoutInvisibleCharacters() {
        assertThatThrownBy(() -> EtcdUrl.of("http://a\u202eb\u009bc\u001bd:1"))
                .hasMessageContaining("\"http://a\\u202eb\\u009bc d:1\"");
    }
}
