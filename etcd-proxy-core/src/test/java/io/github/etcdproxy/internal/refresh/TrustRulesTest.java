package io.github.etcdproxy.internal.refresh;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.cluster.Cluster;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.TestOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrustRulesTest {

    private static List<EtcdUrl> urls(String list) {
        return Stream.of(list.split(" ", -1))
                .filter(url -> !url.isEmpty())
                .map(EtcdUrl::of)
                .toList();
    }

    private static Cluster cluster(String peer, String advertised) {
        Member member = new Member(1, "infra0", List.of(), urls(advertised), false);
        return new Cluster(EtcdUrl.of(peer), "1f", List.of(member));
    }

    private static TrustRules rules(String listen, Function<EtcdUrl, Optional<EtcdUrl>> rule) {
        return TrustRules.of(TestOptions.builder()
                .listenClientUrls(listen.replace(' ', ','))
                .clientUrlRule(rule)
                .build());
    }

    @ParameterizedTest
    @CsvSource({
        "http://app:2379, http://p:1, http://a:1 https://b:2, http://a:1 https://b:2, ''",
        "http://app:2379, http://p:1, http://0.0.0.0:1 http://a:1, http://a:1, 'http://0.0.0.0:1 is a wildcard address'",
        "http://app:2379, http://p:1, http://[::]:1, '', --advertise-client-urls that its clients can reach",
        "https://app:2379, http://p:1, http://a:1 https://b:2, https://b:2, 'http://a:1 is plain http, but a listen'",
        "http://app:1 https://app:2379, http://p:1, http://a:1, '', http://a:1 is plain http",
        "http://app:2379, https://p:1, http://a:1 https://b:2, https://b:2, 'plain http, but the peer https://p:1'",
        "http://app:2379, http://p:1, http://app:2379, http://app:2379, ''", // in process, not a loop
    })
    void judge_dropsUntrustedUrlsWithReason(
            String listen, String peer, String advertised, String trusted, String objection) {
        TrustRules.Judgment judgment = rules(listen, Optional::of).judge(cluster(peer, advertised));

        assertThat(judgment.trusted()).isEqualTo(urls(trusted));
        assertThat(judgment.dropped()).contains(objection);
        assertThat(judgment.dropped().isEmpty()).isEqualTo(objection.isEmpty());
    }

    @Test
    void judge_appliesUsersRuleFirst() {
        TrustRules rules = rules("http://app:2379", url -> switch (url.host()) {
            case "0.0.0.0" -> Optional.of(EtcdUrl.of("http://mapped:1"));
            case "far" -> Optional.empty();
            case "odd" -> throw new IllegalStateException("no such host");
            case "any" -> Optional.of(EtcdUrl.of("http://[::]:1"));
            default -> Optional.of(url);
        });
        TrustRules.Judgment judgment = rules.judge(
                cluster("http://p:1", "http://0.0.0.0:1 http://far:1 http://odd:1 http://any:1 http://a:1"));

        assertThat(judgment.trusted()).isEqualTo(urls("http://mapped:1 http://a:1"));
        assertThat(judgment.dropped())
                .contains("http://far:1 is dropped by the client URL rule")
                .contains("http://odd:1 is dropped, since the client URL rule threw")
                .contains("no such host")
                .contains("http://[::]:1 is a wildcard address");
    }

    @Test
    void anAnswerThatBringsNothingIsObjectedTo() {
        TrustRules rules = rules("http://app:2379", url -> Optional.empty());
        assertThat(rules.judge(cluster("http://p:1", "")).objection())
                .hasValueSatisfying(
                        why -> assertThat(why).isEqualTo("answered, but no member has published a client URL yet"));
        assertThat(rules.judge(cluster("http://p:1", "http://a:1")).objection())
                .hasValueSatisfying(
                        why -> assertThat(why).contains("no client URL can be used: http://a:1 is dropped"));
    }

    private static Cluster advertising(int... urlsOfMembers) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < urlsOfMembers.length; i++) {
            String host = "m" + i;
            List<EtcdUrl> advertised = IntStream.rangeClosed(1, urlsOfMembers[i])
                    .mapToObj(port -> new EtcdUrl("http", host, port))
                    .toList();
            members.add(new Member(i, host, List.of(), advertised, false));
        }
        return new Cluster(EtcdUrl.of("http://p:1"), "1f", members);
    }

    @ParameterizedTest
    @CsvSource({"100, 100, 0", "101, 100, 1", "1000, 100, 900", "10000, 100, 9900"})
    void judge_manyUrls_usesAHundredAndSaysSo(int advertised, int used, int leftOut) {
        AtomicInteger judged = new AtomicInteger();
        TrustRules rules = rules("http://app:2379", url -> {
            judged.incrementAndGet();
            return Optional.of(url);
        });
        TrustRules.Judgment judgment = rules.judge(advertising(advertised));

        assertThat(judgment.trusted()).hasSize(used);
        assertThat(judged).hasValue(used);
        assertThat(judgment.dropped())
                .isEqualTo(
                        leftOut == 0
                                ? ""
                                : "the other " + leftOut + " of " + advertised
                                        + " advertised URLs are left out: at most 100 are used");
    }

    @Test
    void judge_oneMemberWithManyUrls_leavesRoomForTheOthers() {
        TrustRules.Judgment judgment = rules("http://app:2379", Optional::of).judge(advertising(1000, 2, 1));

        assertThat(judgment.trusted()).hasSize(100).contains(EtcdUrl.of("http://m1:1"), EtcdUrl.of("http://m1:2"));
        assertThat(judgment.trusted()).contains(EtcdUrl.of("http://m2:1"));
    }

    @Test
    void judge_manyDroppedUrls_findsTheUsableOneAndStaysShort() {
        TrustRules rules = rules("http://app:2379", url -> url.port() == 10_000 ? Optional.of(url) : Optional.empty());
        TrustRules.Judgment judgment = rules.judge(advertising(10_000));

        assertThat(judgment.trusted()).containsExactly(EtcdUrl.of("http://m0:10000"));
        assertThat(judgment.dropped()).endsWith(" and 9989 more").hasSizeLessThan(1000);
    }
}
