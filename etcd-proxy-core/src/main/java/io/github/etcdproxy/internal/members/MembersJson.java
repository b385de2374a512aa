package io.github.etcdproxy.internal.members;

import com.squareup.moshi.JsonReader.Token;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads members as etcd writes them. Three forms are understood: that of the peer port, {@code
 * [{"id":1027…,"peerURLs":["…"],"name":"…","clientURLs":["…"]}]}; that of {@code /v2/members}, {@code
 * {"members":[{"id":"8e9e…",…}]}}; and that of the v3 JSON gateway, {@code
 * {"header":{"cluster_id":"1027…"},"members":[{"ID":"1027…",…}]}}.
 *
 * <p>Ids are unsigned 64-bit numbers, which neither a double nor a signed long holds. Unknown fields are skipped. A URL
 * that can't be used, such as a Unix socket, is skipped, so that the member keeps its other ones; client URLs are
 * listed with the reason.
 *
 * @param members the members
 * @param clusterId the cluster's id in lower-case hexadecimal; empty if the body has none
 * @param unusableUrls the client URLs that were skipped, each with the reason; those of learners are left out
 */
record MembersJson(List<Member> members, String clusterId, List<String> unusableUrls) {
    private static final Set<String> NAMES =
            Set.of("header", "cluster_id", "members", "id", "ID", "name", "peerURLs", "clientURLs", "isLearner");

    /**
     * Reads all members.
     *
     * @param radix the radix of the ids: 16 for {@code /v2/members}, 10 otherwise
     * @throws IOException if the body is cut off, is not JSON, or is JSON of another form
     */
    static MembersJson read(byte[] body, int radix) throws IOException {
        JsonValue json = JsonValue.parse(body, NAMES);
        List<String> unusable = new ArrayList<>();
        if (json.isArray()) {
            return new MembersJson(readMembers(json, radix, unusable), "", unusable);
        }
        List<Member> members = null;
        String clusterId = "";
        for (JsonValue field : json.require(Token.BEGIN_OBJECT).fields()) {
            switch (field.name()) {
                case "members" -> members = readMembers(field, radix, unusable);
                case "header" -> {
                    for (JsonValue inner : field.require(Token.BEGIN_OBJECT).fields()) {
                        if (inner.name().equals("cluster_id")) {
                            clusterId = Long.toHexString(readId(inner, radix));
                        }
                    }
                }
                default -> {} // a name that other objects have
            }
        }
        if (members == null) {
            throw new IOException("no members");
        }
        return new MembersJson(members, clusterId, unusable);
    }

    private static List<Member> readMembers(JsonValue json, int radix, List<String> unusable) throws IOException {
        List<Member> members = new ArrayList<>();
        for (JsonValue member : json.require(Token.BEGIN_ARRAY).items()) {
            members.add(readMember(member, radix, unusable));
        }
        return members;
    }

    private static Member readMember(JsonValue json, int radix, List<String> unusable) throws IOException {
        long id = 0;
        String name = "";
        List<EtcdUrl> peerUrls = List.of();
        List<EtcdUrl> clientUrls = List.of();
        List<String> skipped = new ArrayList<>();
        boolean learner = false;
        for (JsonValue field : json.require(Token.BEGIN_OBJECT).fields()) {
            switch (field.name()) {
                case "id", "ID" -> id = readId(field, radix);
                case "name" -> name = readText(field);
                case "peerURLs" -> peerUrls = readUrls(field, new ArrayList<>());
                case "clientURLs" -> clientUrls = readUrls(field, skipped);
                case "isLearner" -> learner = field.require(Token.BOOLEAN).isTrue();
                default -> {} // a name that other objects have
            }
        }
        if (!learner) {
            unusable.addAll(skipped);
        }
        return new Member(id, name, peerUrls, clientUrls, learner);
    }

    private static String readText(JsonValue json) throws IOException {
        return json.require(Token.STRING, Token.NUMBER).scalar();
    }

    private static long readId(JsonValue json, int radix) throws IOException {
        String id = readText(json);
        try {
            return Long.parseUnsignedLong(id, radix);
        } catch (NumberFormatException e) {
            throw new IOException("the id \"" + id + "\" is not an unsigned 64-bit number", e);
        }
    }

    private static List<EtcdUrl> readUrls(JsonValue json, List<String> skipped) throws IOException {
        List<EtcdUrl> urls = new ArrayList<>();
        for (JsonValue url : json.require(Token.BEGIN_ARRAY, Token.NULL).items()) {
            try {
                urls.add(EtcdUrl.of(readText(url)));
            } catch (IllegalArgumentException e) {
                String reason = ErrorText.of(e);
                MembersClient.log.debug("a member's URL is skipped: {}", reason);
                skipped.add(reason);
            }
        }
        return urls;
    }
}
