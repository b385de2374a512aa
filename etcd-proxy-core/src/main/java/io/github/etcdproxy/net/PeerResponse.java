package io.github.etcdproxy.net;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The response to a {@link PeerRequest}. Its body is streamed. The caller closes the response. Not thread safe.
 *
 * @param status the HTTP status code
 * @param headers the value of each header, by its name; looked up without regard to case (RFC 9110, section 5.1)
 * @param body the body, decoded; reading it throws when the request's timeout expires
 * @since 0.1
 */
public record PeerResponse(int status, Map<String, String> headers, InputStream body) implements Closeable {

    /**
     * Copies the headers.
     *
     * @throws NullPointerException if the headers or the body are null
     */
    public PeerResponse {
        Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        byName.putAll(Objects.requireNonNull(headers, "headers: null: give an empty map if there are none"));
        headers = Collections.unmodifiableMap(byName);
        Objects.requireNonNull(body, "body: null: give an empty stream if there is none");
    }

    /**
     * Reads the body to its end.
     *
     * @param most the maximum number of bytes
     * @return the whole body
     * @throws IOException if it is cut off or longer; the message is one line for an operator
     */
    public byte[] readBody(int most) throws IOException {
        byte[] bytes = body.readNBytes(most + 1);
        if (bytes.length > most) {
            throw new IOException("answered with more than " + most + " bytes");
        }
        return bytes;
    }

    /** Releases the connection, whether or not the body was read to its end. */
    @Override
    public void close() throws IOException {
        body.close();
    }
}
