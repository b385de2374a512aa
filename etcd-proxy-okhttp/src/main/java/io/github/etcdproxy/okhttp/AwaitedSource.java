package io.github.etcdproxy.okhttp;

import java.io.IOException;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Source;

/** The body of a member's response: the attempt waits for the member while it is read, and hears it when something comes. */
final class AwaitedSource extends ForwardingSource {
    private final Attempt attempt;

    AwaitedSource(Attempt attempt, Source body) {
        super(body);
        this.attempt = attempt;
    }

    @Override
    public long read(Buffer sink, long byteCount) throws IOException {
        attempt.awaitMember();
        try {
            long read = super.read(sink, byteCount);
            attempt.heard();
            return read;
        } catch (IOException e) {
            throw attempt.explain(e);
        } finally {
            attempt.pause();
        }
    }
}
