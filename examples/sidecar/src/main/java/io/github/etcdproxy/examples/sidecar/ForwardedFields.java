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
 * Converts headers from Jetty to OkHttp and back; the library removes the member's hop-by-hop headers. Pure functions.
 */
final class ForwardedFields {
    private ForwardedFields() {}

    /**
     * The headers of a request to a member: without the client's hop-by-hop headers, with the client's address.
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
                continue; // the client's; it must not remove headers that are added here
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
            headers.add("Accept-Encoding", "identity"); // otherwise OkHttp would request gzip
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

    /** Jetty decodes headers as Latin-1, and OkHttp encodes them as UTF-8. */
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

    /** OkHttp decodes headers as UTF-8, and Jetty encodes them as Latin-1. */
    private static String latin1(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) >= 0x80) {
                return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            }
        }
        return value;
    }

    /** Copies a response's headers to the client. */
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
