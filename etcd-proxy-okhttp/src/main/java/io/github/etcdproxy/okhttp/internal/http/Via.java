package io.github.etcdproxy.okhttp.internal.http;

import java.util.List;
import java.util.random.RandomGenerator;
import okhttp3.Headers;
import okhttp3.Request;

/**
 * The mark that a proxy leaves in the requests that it forwards, by which it knows them when they come back (RFC 9110,
 * section 7.6.3). Immutable.
 */
public final class Via {
    static final String NAME = "Via";

    private final String pseudonym;

    /** What is added for this hop: the protocol and the pseudonym. */
    private final String hop;

    private Via(String pseudonym) {
        this.pseudonym = pseudonym;
        this.hop = "1.1 " + pseudonym;
    }

    /** That of a new proxy, which no other has. */
    public static Via unique(RandomGenerator random) {
        return new Via("etcd-proxy-" + Long.toHexString(random.nextLong()));
    }

    /** Whether the request has passed this proxy before. */
    public boolean isIn(Headers headers) {
        if (headers.get(NAME) == null) {
            return false;
        }
        for (String line : headers.values(NAME)) {
            for (String passed : line.split(",", -1)) {
                String[] words = passed.strip().split("\\s+", 3); // protocol, host or pseudonym, comment
                if (words.length > 1 && words[1].equals(pseudonym)) {
                    return true;
                }
            }
        }
        return false;
    }

    public void addTo(Request.Builder request) {
        request.addHeader(NAME, hop);
    }

    /** Takes off what {@link #addTo} has put on. */
    void removeFrom(Headers.Builder headers) {
        List<String> lines = headers.build().values(NAME);
        headers.removeAll(NAME);
        lines.stream().filter(line -> !line.equals(hop)).forEach(line -> headers.add(NAME, line));
    }

    @Override
    public String toString() {
        return pseudonym;
    }
}
