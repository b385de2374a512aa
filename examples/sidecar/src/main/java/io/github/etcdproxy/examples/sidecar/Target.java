package io.github.etcdproxy.examples.sidecar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * The target of a request (RFC 9112, section 3.2) as a URL of OkHttp's, which encodes some characters differently. A
 * target whose meaning would change is rejected. Pure functions.
 */
final class Target {
    private Target() {}

    /** A target that can't be forwarded unchanged. */
    static final class BadTargetException extends Exception {
        private static final long serialVersionUID = 1;

        private final String why;

        private BadTargetException(String why) {
            super(why);
            this.why = why;
        }

        /** What is wrong and what to write. */
        String why() {
            return "bad request target: " + why;
        }
    }

    /**
     * Where to forward a request.
     *
     * @param base has the scheme, host and port
     * @param pathAndQuery as the client sent it
     */
    static HttpUrl of(HttpUrl base, String pathAndQuery) throws BadTargetException {
        if (!pathAndQuery.startsWith("/")) {
            throw new BadTargetException("write a path that begins with \"/\"");
        }
        int query = pathAndQuery.indexOf('?');
        String path = query < 0 ? pathAndQuery : pathAndQuery.substring(0, query);
        if (pathAndQuery.indexOf('#') >= 0) {
            throw new BadTargetException("percent-encode its \"#\"");
        }
        if (path.indexOf('\\') >= 0) {
            throw new BadTargetException("percent-encode its \"\\\"");
        }
        if (pathAndQuery.indexOf('\uFFFD') >= 0) {
            throw new BadTargetException("it is not UTF-8: percent-encode such bytes");
        }
        HttpUrl url = base.newBuilder()
                .encodedPath(path)
                .encodedQuery(query < 0 ? null : pathAndQuery.substring(query + 1))
                .build();
        if (!isSame(path, url.encodedPath())) {
            throw new BadTargetException(
                    "a path with \".\" or \"..\" between slashes is not passed on: leave them out");
        }
        if (!isSame(query < 0 ? null : pathAndQuery.substring(query + 1), url.encodedQuery())) {
            throw new BadTargetException("its query can't be passed on as it is");
        }
        return url;
    }

    private static boolean isSame(@Nullable String sent, @Nullable String forwarded) {
        if (sent == null || forwarded == null || sent.equals(forwarded)) {
            return sent == null ? forwarded == null : sent.equals(forwarded);
        }
        // An encoded slash or percent sign must stay one.
        return count(sent, '/') == count(forwarded, '/') && Arrays.equals(decoded(sent), decoded(forwarded));
    }

    private static long count(String text, char wanted) {
        return text.chars().filter(c -> c == wanted).count();
    }

    private static byte[] decoded(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            int high = i + 2 < bytes.length && bytes[i] == '%' ? Character.digit(bytes[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
            if (low < 0) {
                decoded.write(bytes[i]);
            } else {
                decoded.write(high * 16 + low);
                i += 2;
            }
        }
        return decoded.toByteArray();
    }
}
