package io.github.etcdproxy.net;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/**
 * The response to a {@link PeerRequest}. Its body is read while it arrives; whoever received the response closes it. Not
 * thread safe.
 *
 * @param status the HTTP status code
 * @param headers the value of each header, by its name in lower case
 * @param body the body, decoded; reading it can throw when the request's timeout ends
 */
public record PeerResponse(int status, Map<String, String> headers, InputStream body) implements Closeable {

    /** Copies the headers. */
    public PeerResponse {
        headers = Map.copyOf(headers);
    }

    /**
     * Reads the body to its end.
     *
     * @param most how many bytes are acceptable
     * @return the whole body
     * @throws IOException if it breaks off, or is longer; the message is fit for an operator
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
