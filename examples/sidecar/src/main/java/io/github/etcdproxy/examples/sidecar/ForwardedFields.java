package io.github.etcdproxy.examples.sidecar;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import okhttp3.Headers;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Headers on their way through, from Jetty to OkHttp and back; the library leaves out those of the member's connection.
 * Pure functions.
 */
final class ForwardedFields {
    private ForwardedFields() {}

    /**
     * A request's headers on their way to a member: without those of the client's connection, with the client's
     * address.
     *
     * @throws CharacterCodingException if one is not UTF-8
     */
    static Headers toMember(Request request) throws CharacterCodingException {
        Headers.Builder headers = new Headers.Builder();
        StringBuilder forwardedFor = new StringBuilder();
        List<String> ofHop = request.getHeaders().getCSV(HttpHeader.CONNECTION, false);
        for (HttpField field : request.getHeaders()) {
            HttpHeader header = field.getHeader();
            if (header != HttpHeader.HOST && header != HttpHeader.VIA && isOneOf(ofHop, field)) {
                continue; // the client's; what is added here is not its to take away
            }
            if (header == HttpHeader.X_FORWARDED_FOR) {
                String others = value(field);
                forwardedFor.append(others).append(others.isEmpty() ? "" : ", ");
            } else if (header != HttpHeader.CONTENT_LENGTH // that of what is sent on is OkHttp's to say
                    && header != HttpHeader.TRANSFER_ENCODING
                    && header != HttpHeader.CONNECTION
                    && header != HttpHeader.EXPECT // answered here
                    && header != HttpHeader.UPGRADE) { // no other protocol is spoken here
                headers.addUnsafeNonAscii(field.getName(), value(field));
            }
        }
        forwardedFor.append(Request.getRemoteAddr(request));
        headers.addUnsafeNonAscii("X-Forwarded-For", forwardedFor.toString());
        if (headers.get("Accept-Encoding") == null) {
            headers.add("Accept-Encoding", "identity"); // or OkHttp would ask for a coding of its own
        }
        return headers.build();
    }

    private static boolean isOneOf(List<String> names, HttpField field) {
        for (String name : names) {
            if (field.is(name)) {
                return true;
            }
        }
        return false;
    }

    /** Jetty takes a header's bytes for Latin-1, and OkHttp writes UTF-8. */
    private static String value(HttpField field) throws CharacterCodingException {
        String value = field.getValue();
        if (value == null) {
            return "";
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) >= 0x80) {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1)))
                        .toString();
            }
        }
        return value;
    }

    /** OkHttp has read UTF-8, and Jetty writes Latin-1. */
    private static String latin1(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) >= 0x80) {
                return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            }
        }
        return value;
    }

    /** A response's headers on their way to the client. */
    static void toClient(Headers ofMember, HttpFields.Mutable response) {
        for (int i = 0; i < ofMember.size(); i++) {
            String name = ofMember.name(i);
            String value = latin1(ofMember.value(i));
            if (name.equalsIgnoreCase("Date")) {
                response.put(name, value); // Jetty has set its own
            } else {
                response.add(name, value);
            }
        }
    }
}
