package io.github.etcdproxy.okhttp.internal.http;

import okhttp3.MediaType;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** A response's body that is read by way of another source. Its media type is parsed only if somebody asks for it. */
public final class SourcedBody extends ResponseBody {
    private final ResponseBody body;
    private final BufferedSource source;

    public SourcedBody(ResponseBody body, BufferedSource source) {
        this.body = body;
        this.source = source;
    }

    @Override
    public @Nullable MediaType contentType() {
        return body.contentType();
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public BufferedSource source() {
        return source;
    }
}
