package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.okhttp.EtcdMembership;
import io.github.etcdproxy.okhttp.EtcdProxy;
import io.github.etcdproxy.promotion.PromotedMember;
import io.github.etcdproxy.promotion.PromotionRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code promote --name infra1 --peer-url http://10.0.1.11:2380}, and the flags by which the sidecar finds its cluster:
 * adds a member that replaces the sidecar, and prints how to start it.
 */
final class Promote {
    private static final String PEER_URL = "peer-url";

    private Promote() {}

    /** The next steps, in the format of {@code etcdctl member add}. */
    static String run(Map<String, String> environment, String... args) throws IOException, InterruptedException {
        List<String> peerUrls = new ArrayList<>();
        List<String> rest = new ArrayList<>(List.of("--proxy", "on"));
        for (int i = 0; i < args.length; i++) {
            String flag = args[i].replaceFirst("^--?", "");
            if (flag.equals(PEER_URL) && i + 1 < args.length) {
                peerUrls.add(args[++i]);
            } else if (flag.startsWith(PEER_URL + "=")) {
                peerUrls.add(flag.substring(PEER_URL.length() + 1));
            } else {
                rest.add(args[i]);
            }
        }
        if (peerUrls.isEmpty()) {
            throw new IllegalArgumentException(
                    "peer-url: none given: write where the other members are to reach this one, for example"
                            + " --peer-url http://10.0.1.11:2380");
        }
        SidecarOptions options = SidecarOptions.read(environment, rest.toArray(String[]::new));
        String name = options.flags().text("name");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name: none given: name the member, for example --name infra1");
        }
        PromotionRequest promotion = PromotionRequest.of(name, peerUrls.toArray(String[]::new));
        try (EtcdProxy proxy = options.proxy().start()) {
            return described(EtcdMembership.promote(proxy, promotion, options.members()));
        }
    }

    private static String described(PromotedMember member) {
        return "The member " + member.name()
                + " has been added. Make sure that the sidecar has stopped, then start it:\n\n"
                + member.environment().entrySet().stream()
                        .map(entry -> entry.getKey() + "=\"" + entry.getValue() + "\"\n")
                        .collect(Collectors.joining())
                + "\n" + String.join(" ", member.commandLine()) + "\n";
    }
}
