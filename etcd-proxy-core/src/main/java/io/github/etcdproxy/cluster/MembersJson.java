package io.github.etcdproxy.cluster;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import okio.BufferedSource;

/**
 * Reads the body of {@code GET /members}: {@code [{"id":1027…,"peerURLs":["…"],"name":"…","clientURLs":["…"]}]}.
 *
 * <p>Ids are bare unsigned 64-bit numbers, which neither a double nor a signed long holds. Unknown fields are skipped. A
 * URL that can't be used (a Unix socket, say) is left out, so that it doesn't cost the member its other ones.
 */
final class MembersJson {

    private MembersJson() {}

    /**
     * Reads all members.
     *
     * @throws IOException if the body breaks off or is no JSON
     * @throws JsonDataException if it is JSON of another form
     */
    static List<Member> read(BufferedSource body) throws IOException {
        JsonReader reader = JsonReader.of(body);
        List<Member> members = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            members.add(readMember(reader));
        }
        reader.endArray();
        if (reader.peek() != JsonReader.Token.END_DOCUMENT) {
            throw new JsonDataException("more than one JSON value");
        }
        return members;
    }

    private static Member readMember(JsonReader reader) throws IOException {
        long id = 0;
        String name = "";
        List<EtcdUrl> peerUrls = List.of();
        List<EtcdUrl> clientUrls = List.of();
        boolean learner = false;
        reader.beginObject();
        while (reader.hasNext()) {
            switch (reader.nextName()) {
                case "id" -> id = readId(reader);
                case "name" -> name = reader.nextString();
                case "peerURLs" -> peerUrls = readUrls(reader);
                case "clientURLs" -> clientUrls = readUrls(reader);
                case "isLearner" -> learner = reader.nextBoolean();
                default -> reader.skipValue();
            }
        }
        reader.endObject();
        return new Member(id, name, peerUrls, clientUrls, learner);
    }

    private static long readId(JsonReader reader) throws IOException {
        String id = reader.nextString();
        try {
            return Long.parseUnsignedLong(id);
        } catch (NumberFormatException e) {
            throw new JsonDataException("the id \"" + id + "\" is no unsigned 64-bit number", e);
        }
    }

    private static List<EtcdUrl> readUrls(JsonReader reader) throws IOException {
        if (reader.peek() == JsonReader.Token.NULL) {
            reader.skipValue();
            return List.of();
        }
        List<EtcdUrl> urls = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
            String url = reader.nextString();
            try {
                urls.add(EtcdUrl.parse(url));
            } catch (IllegalArgumentException e) {
                MembersClient.log.debug("a member's URL is left out: {}", e.getMessage());
            }
        }
        reader.endArray();
        return urls;
    }
}
