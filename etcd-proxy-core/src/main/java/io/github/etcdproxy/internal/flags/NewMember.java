package io.github.etcdproxy.internal.flags;

import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A member to be added: its name and peer URLs. Immutable.
 *
 * @param name unique in the cluster: {@code --name}
 * @param peerUrls not empty: {@code --initial-advertise-peer-urls}
 */
public record NewMember(String name, List<EtcdUrl> peerUrls) {
    private static final String OPTION = "initial-advertise-peer-urls";

    /**
     * Validates and copies the arguments.
     *
     * @throws IllegalArgumentException if the name is empty or has a comma or an equals sign, there is no peer URL, or
     *     one is a wildcard address; the message names it and says what to write
     */
    public NewMember {
        name = Objects.requireNonNull(name, "name: null: write a name, for example infra0")
                .strip();
        peerUrls = List.copyOf(peerUrls);
        if (name.isEmpty() || name.contains(",") || name.contains("=")) {
            throw new IllegalArgumentException(
                    "name: \"" + name + "\": write a name without \",\" and \"=\", for example infra0");
        }
        if (peerUrls.isEmpty()) {
            throw new IllegalArgumentException(
                    OPTION + ": none given: write the URL at which the other members reach this"
                            + " one, for example http://10.0.1.10:2380");
        }
        peerUrls.stream().filter(EtcdUrl::hasWildcardHost).findFirst().ifPresent(url -> {
            throw new IllegalArgumentException(
                    OPTION + ": \"" + url + "\": no other member can reach a wildcard address:"
                            + " write the URL at which they reach this one, for example http://10.0.1.10:2380");
        });
    }

    /**
     * Creates a new member.
     *
     * @param name its name
     * @param peerUrls each may be a comma-separated list
     * @return a member
     * @throws IllegalArgumentException if the name is invalid, or a URL is missing or malformed; the message names it
     *     and says what to write
     */
    public static NewMember of(String name, String... peerUrls) {
        return new NewMember(name, EtcdUrl.parseList(OPTION, peerUrls));
    }

    /**
     * A member's entries in {@code --initial-cluster}.
     *
     * @param name the member's name
     * @param peerUrls its peer URLs
     * @return {@code name=URL} for each
     */
    public static Stream<String> initialCluster(String name, List<EtcdUrl> peerUrls) {
        return peerUrls.stream().map(url -> name + "=" + url);
    }

    /**
     * The peer URLs as a flag's value.
     *
     * @return separated by commas
     */
    public String peerUrlList() {
        return peerUrls.stream().map(EtcdUrl::toString).collect(Collectors.joining(","));
    }
}
