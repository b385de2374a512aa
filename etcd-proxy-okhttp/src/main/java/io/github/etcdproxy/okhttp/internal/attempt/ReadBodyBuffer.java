package io.github.etcdproxy.okhttp.internal.attempt;

import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.okhttp.internal.watch.WatchRequests;
import java.io.IOException;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.BufferedSource;

/**
 * Buffers the beginning of a read's response, so that a read whose body is cut there can be sent to the next member
 * (ADR 7). Pure functions, but for the reading.
 */
final class ReadBodyBuffer {

    /** How much of a body is buffered; a longer one is streamed from there. */
    static final long MAX_BYTES = 1 << 20;

    private ReadBodyBuffer() {}

    /**
     * The body of a response: buffered if it is worth waiting for, otherwise streamed.
     *
     * @param sent the request at the member's URL
     * @throws IOException if the body is cut
     */
    static ResponseBody bodyOf(Response response, RequestKind kind, Request sent) throws IOException {
        ResponseBody received = response.body();
        if (response.code() != 200 // only a 200 of etcd's has a body that is worth waiting for
                || !awaitsBody(kind, sent.method(), sent.url(), received.contentLength())) {
            return received;
        }
        try {
            BufferedSource source = received.source();
            source.request(MAX_BYTES);
            // An interceptor's body may return a new source each time: the one that was read must be passed on.
            return new ForwardingResponseBody(received, source);
        } catch (IllegalStateException e) {
            return received; // a later interceptor has read and closed the body
        }
    }

    /**
     * Whether to buffer a response's body, so that a read whose body is cut can be sent to the next member. True for a
     * body of known, moderate length, and for keys of the v2 API and reads of the v3 gateway, whose long bodies etcd
     * sends without a length; never for a watch, whose body waits for events.
     */
    static boolean awaitsBody(RequestKind kind, String method, HttpUrl url, long contentLength) {
        if (kind != RequestKind.READ) {
            return false;
        }
        if (contentLength >= 0) {
            return contentLength <= MAX_BYTES;
        }
        return (WatchRequests.isKeys(url) || method.equals("POST"))
                && !WatchRequests.isWatch(method, url)
                && !url.encodedPath().endsWith("/snapshot")
                && !url.encodedPath().endsWith("/Snapshot");
    }
}
