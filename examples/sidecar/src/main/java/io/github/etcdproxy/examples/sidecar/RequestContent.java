package io.github.etcdproxy.examples.sidecar;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import okio.Okio;
import okio.Source;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The body of a forwarded request. A short body is read first, so that a read can be repeated on another member, and a
 * member's connection does not wait for the client; a long body is streamed through a buffer of that size.
 */
final class RequestContent extends RequestBody {
    /** Longer than most requests; etcd's limit is 1.5 MiB. */
    private static final int SHORT = 32 * 1024;

    private final byte[] beginning;
    private final InputStream rest;
    private final long length;
    private final Runnable atEnd;

    private RequestContent(byte[] beginning, InputStream rest, long length, Runnable atEnd) {
        this.beginning = beginning;
        this.rest = rest;
        this.length = length;
        this.atEnd = atEnd;
    }

    /**
     * Begins to read.
     *
     * @param atEnd called when all of it has been received
     */
    static RequestBody of(Request request, Runnable atEnd) throws IOException {
        long length = request.getLength();
        if (length == 0) {
            atEnd.run();
            return RequestBody.EMPTY;
        }
        InputStream stream = Content.Source.asInputStream(request);
        byte[] beginning = stream.readNBytes((int) Math.min(SHORT, length < 0 ? SHORT : length));
        if (beginning.length < SHORT || length == SHORT) {
            atEnd.run();
            return RequestBody.create(beginning);
        }
        return new RequestContent(beginning, stream, length, atEnd);
    }

    /**
     * Reads and discards a body.
     *
     * @return null, as there is no body
     */
    static @Nullable RequestBody skip(Request request, Runnable atEnd) throws IOException {
        HttpFields headers = request.getHeaders();
        if (headers.contains(HttpHeader.CONTENT_LENGTH) || headers.contains(HttpHeader.TRANSFER_ENCODING)) {
            Content.Source.asInputStream(request).transferTo(OutputStream.nullOutputStream());
        }
        atEnd.run();
        return null;
    }

    @Override
    public @Nullable MediaType contentType() {
        return null; // the header's applies
    }

    @Override
    public long contentLength() {
        return length;
    }

    @Override
    public boolean isOneShot() {
        return true;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
        sink.write(beginning);
        try (Source source = Okio.source(rest)) {
            sink.writeAll(source);
        }
        atEnd.run();
    }
}
