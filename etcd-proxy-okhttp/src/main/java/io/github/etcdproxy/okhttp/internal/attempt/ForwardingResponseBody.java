package io.github.etcdproxy.okhttp.internal.attempt;

import okhttp3.MediaType;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;

/** A response body that is read through another source. Its media type is parsed on demand. */
final class ForwardingResponseBody extends ResponseBody {
    private final ResponseBody body;
    private final BufferedSource source;

    ForwardingResponseBody(ResponseBody body, BufferedSource source) {
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
