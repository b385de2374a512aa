package io.github.etcdproxy.examples.sidecar;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A response of the sidecar itself.
 *
 * @param status the HTTP status
 * @param type the content type
 * @param body the text
 * @param closes whether the connection is closed after it
 */
record Answer(int status, String type, String body, boolean closes) {

    static Answer text(int status, String body) {
        return new Answer(status, "text/plain; charset=utf-8", body, false);
    }

    /**
     * An error in the format of etcd's proxy. The connection is closed, since the client may parse the rest of it
     * differently.
     */
    static Answer refusal(int status, String message) {
        StringBuilder json = new StringBuilder("{\"message\":\"");
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else {
                json.append(c < ' ' ? '?' : c);
            }
        }
        return new Answer(status, "application/json", json.append("\"}").toString(), true);
    }

    void write(Response response, Callback callback) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        if (bytes.length > 0) {
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        }
        if (closes) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        response.write(true, ByteBuffer.wrap(bytes), callback);
    }
}
