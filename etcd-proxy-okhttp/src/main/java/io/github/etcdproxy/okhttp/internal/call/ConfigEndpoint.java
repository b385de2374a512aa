package io.github.etcdproxy.okhttp.internal.call;

import io.github.etcdproxy.internal.json.JsonText;
import io.github.etcdproxy.net.EtcdUrl;
import java.util.List;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;

/**
 * The resource that the proxy serves itself: the list of its endpoints. Byte for byte that of {@code newConfigHandler}
 * (server/proxy/httpproxy/proxy.go, etcd 3.5).
 */
final class ConfigEndpoint {
    private static final MediaType TEXT = MediaType.get("text/plain; charset=utf-8");

    private static final String PATH = "/v2/config/local/proxy";

    /** The number of path segments. Compared first, since getting the path creates a string. */
    private static final int PATH_SIZE = 4;

    private ConfigEndpoint() {}

    static boolean serves(HttpUrl url) {
        return url.pathSize() == PATH_SIZE && url.encodedPath().equals(PATH);
    }

    static Response respond(Request request, List<EtcdUrl> available) {
        boolean get = request.method().equals("GET");
        Response.Builder response = new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .code(get ? 200 : 405)
                .message(get ? "OK" : "Method Not Allowed")
                .body(ResponseBody.create(
                        get ? JsonText.object("endpoints", available) + "\n" : "Method Not Allowed\n", TEXT));
        return (get ? response : response.header("Allow", "GET")).build();
    }
}
