package io.github.etcdproxy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustRulesTest {

    private static List<EtcdUrl> urls(String list) {
        return Stream.of(list.split(" ", -1))
                .filter(url -> !url.isEmpty())
                .map(EtcdUrl::parse)
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "http://app:2379, http://a:1 https://b:2, http://a:1 https://b:2, ''",
        "http://app:2379, http://0.0.0.0:1 http://a:1, http://a:1, 'http://0.0.0.0:1 is a wildcard address'",
        "http://app:2379, http://[::]:1, '', --advertise-client-urls that its clients can reach",
        "https://app:2379, http://a:1 https://b:2, https://b:2, 'http://a:1 is plain http, but a listen'",
        "http://app:1 https://app:2379, http://a:1, '', http://a:1 is plain http",
        "http://app:2379, http://app:2379, http://app:2379, ''", // in process, that is no loop
    })
    void dropsWhatMustNotBeUsedAndSaysWhy(String listen, String advertised, String trusted, String objection) {
        TrustRules rules = TrustRules.of(urls(listen));

        assertThat(rules.trusted(urls(advertised))).isEqualTo(urls(trusted));
        assertThat(rules.objections(urls(advertised))).contains(objection);
        assertThat(rules.objections(urls(trusted))).isEmpty();
    }
}
