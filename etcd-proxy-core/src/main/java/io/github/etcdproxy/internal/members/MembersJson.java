package io.github.etcdproxy.internal.members;

import com.squareup.moshi.JsonReader.Token;
import io.github.etcdproxy.cluster.Member;
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
 * that can't be used, such as a Unix socket, is skipped, so that the member keeps its other ones.
 *
 * @param members the members
 * @param clusterId the cluster's id in lower-case hexadecimal; empty if the body has none
 */
record MembersJson(List<Member> members, String clusterId) {
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
        if (json.isArray()) {
            return new MembersJson(readMembers(json, radix), "");
        }
        List<Member> members = null;
        String clusterId = "";
        for (JsonValue field : json.require(Token.BEGIN_OBJECT).fields()) {
            switch (field.name()) {
                case "members" -> members = readMembers(field, radix);
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
        return new MembersJson(members, clusterId);
    }

    private static List<Member> readMembers(JsonValue json, int radix) throws IOException {
        List<Member> members = new ArrayList<>();
        for (JsonValue member : json.require(Token.BEGIN_ARRAY).items()) {
            members.add(readMember(member, radix));
        }
        return members;
    }

    private static Member readMember(JsonValue json, int radix) throws IOException {
        long id = 0;
        String name = "";
        List<EtcdUrl> peerUrls = List.of();
        List<EtcdUrl> clientUrls = List.of();
        boolean learner = false;
        for (JsonValue field : json.require(Token.BEGIN_OBJECT).fields()) {
            switch (field.name()) {
                case "id", "ID" -> id = readId(field, radix);
                case "name" -> name = readText(field);
                case "peerURLs" -> peerUrls = readUrls(field);
                case "clientURLs" -> clientUrls = readUrls(field);
                case "isLearner" -> learner = field.require(Token.BOOLEAN).isTrue();
                default -> {} // a name that other objects have
            }
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

    private static List<EtcdUrl> readUrls(JsonValue json) throws IOException {
        List<EtcdUrl> urls = new ArrayList<>();
        for (JsonValue url : json.require(Token.BEGIN_ARRAY, Token.NULL).items()) {
            try {
                urls.add(EtcdUrl.of(readText(url)));
            } catch (IllegalArgumentException e) {
                MembersClient.log.debug("a member's URL is skipped: {}", e.getMessage());
            }
        }
        return urls;
    }
}
