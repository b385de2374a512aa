package io.github.etcdproxy.internal.members;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.github.etcdproxy.cluster.Member;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import okio.BufferedSource;

/**
 * Reads members as etcd writes them. Three forms are understood: that of the peer port, {@code
 * [{"id":1027…,"peerURLs":["…"],"name":"…","clientURLs":["…"]}]}; that of {@code /v2/members}, {@code
 * {"members":[{"id":"8e9e…",…}]}}; and that of the v3 JSON gateway, {@code
 * {"header":{"cluster_id":"1027…"},"members":[{"ID":"1027…",…}]}}.
 *
 * <p>Ids are unsigned 64-bit numbers, which neither a double nor a signed long holds. Unknown fields are skipped. A URL
 * that can't be used, such as a Unix socket, is skipped, so that the member keeps its other ones.
 */
final class MembersJson {
    private final JsonReader reader;
    private final int radix;
    private String clusterId = "";
    private List<Member> members = List.of();

    private MembersJson(BufferedSource body, int radix) {
        this.reader = JsonReader.of(body);
        this.radix = radix;
    }

    /**
     * Reads all members.
     *
     * @param radix the radix of the ids: 16 for {@code /v2/members}, 10 otherwise
     * @throws IOException if the body is cut off or is not JSON
     * @throws JsonDataException if it is JSON of another form
     */
    static MembersJson read(BufferedSource body, int radix) throws IOException {
        MembersJson json = new MembersJson(body, radix);
        if (json.reader.peek() == JsonReader.Token.BEGIN_ARRAY) {
            json.members = json.readMembers();
        } else {
            json.readResponse();
        }
        if (json.reader.peek() != JsonReader.Token.END_DOCUMENT) {
            throw new JsonDataException("more than one JSON value");
        }
        return json;
    }

    List<Member> members() {
        return members;
    }

    /** The cluster's id in lower-case hexadecimal; empty if the body has none. */
    String clusterId() {
        return clusterId;
    }

    private void readResponse() throws IOException {
        boolean hasMembers = false;
        reader.beginObject();
        while (reader.hasNext()) {
            switch (reader.nextName()) {
                case "members" -> {
                    members = readMembers();
                    hasMembers = true;
                }
                case "header" -> readHeader();
                default -> reader.skipValue();
            }
        }
        reader.endObject();
        if (!hasMembers) {
            throw new JsonDataException("no members");
        }
    }

    private void readHeader() throws IOException {
        reader.beginObject();
        while (reader.hasNext()) {
            if (reader.nextName().equals("cluster_id")) {
                clusterId = Long.toHexString(readId());
            } else {
                reader.skipValue();
            }
        }
        reader.endObject();
    }

    private List<Member> readMembers() throws IOException {
        List<Member> read = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            read.add(readMember());
        }
        reader.endArray();
        return read;
    }

    private Member readMember() throws IOException {
        long id = 0;
        String name = "";
        List<EtcdUrl> peerUrls = List.of();
        List<EtcdUrl> clientUrls = List.of();
        boolean learner = false;
        reader.beginObject();
        while (reader.hasNext()) {
            switch (reader.nextName()) {
                case "id", "ID" -> id = readId();
                case "name" -> name = reader.nextString();
                case "peerURLs" -> peerUrls = readUrls();
                case "clientURLs" -> clientUrls = readUrls();
                case "isLearner" -> learner = reader.nextBoolean();
                default -> reader.skipValue();
            }
        }
        reader.endObject();
        return new Member(id, name, peerUrls, clientUrls, learner);
    }

    private long readId() throws IOException {
        String id = reader.nextString();
        try {
            return Long.parseUnsignedLong(id, radix);
        } catch (NumberFormatException e) {
            throw new JsonDataException("the id \"" + id + "\" is not an unsigned 64-bit number", e);
        }
    }

    private List<EtcdUrl> readUrls() throws IOException {
        if (reader.peek() == JsonReader.Token.NULL) {
            reader.skipValue();
            return List.of();
        }
        List<EtcdUrl> urls = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            String url = reader.nextString();
            try {
                urls.add(EtcdUrl.of(url));
            } catch (IllegalArgumentException e) {
                MembersClient.log.debug("a member's URL is skipped: {}", e.getMessage());
            }
        }
        reader.endArray();
        return urls;
    }
}
