package io.github.etcdproxy.okhttp.internal.http;

import java.util.List;
import java.util.random.RandomGenerator;
import okhttp3.Headers;
import okhttp3.Request;

/**
 * The {@code Via} entry by which a proxy recognizes requests that it has forwarded before (RFC 9110, section 7.6.3).
 * Immutable.
 */
public final class ViaHeader {
    static final String NAME = "Via";

    private final String pseudonym;

    /** The entry for this hop: protocol and pseudonym. */
    private final String hop;

    private ViaHeader(String pseudonym) {
        this.pseudonym = pseudonym;
        this.hop = "1.1 " + pseudonym;
    }

    /** Creates an entry that no other proxy uses. */
    public static ViaHeader unique(RandomGenerator random) {
        return new ViaHeader("etcd-proxy-" + Long.toHexString(random.nextLong()));
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

    /** Removes the entry that {@link #addTo} added. */
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
