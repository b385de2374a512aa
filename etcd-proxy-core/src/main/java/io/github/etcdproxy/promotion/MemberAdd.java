package io.github.etcdproxy.promotion;

import io.github.etcdproxy.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerRequest.Body;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import io.github.etcdproxy.net.Reason;
import java.io.IOException;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Asks a member to add another, by the v3 API or, where that is not served, by the v2 API. */
final class MemberAdd {
    private static final int LARGEST_ANSWER = 1 << 20;
    private static final List<String> PATHS = List.of(
            "/v3/cluster/member/add", "/v2/members", "/v3beta/cluster/member/add", "/v3alpha/cluster/member/add");

    private final PeerTransport transport;
    private final Duration timeout;
    private final Body body;
    private String said = "";

    MemberAdd(PeerTransport transport, Duration timeout, List<EtcdUrl> peerUrls) {
        this.transport = transport;
        this.timeout = timeout;
        this.body = Body.json(peerUrls.stream()
                .map(url -> "\"" + url + "\"")
                .collect(Collectors.joining(",", "{\"peerURLs\":[", "]}")));
    }

    /** What came of it. */
    enum Result {
        /** The member is there now, or was before. */
        ADDED,
        /** It was not added, and may be at another time. */
        REFUSED_FOR_NOW,
        /** It may have been added. */
        UNKNOWN
    }

    /** It was not added, and won't be. */
    static final class RefusedException extends IOException {
        @Serial
        private static final long serialVersionUID = 1;

        private RefusedException(String message) {
            super(message);
        }
    }

    /** What the member said last. */
    String said() {
        return said;
    }

    Result at(EtcdUrl member) throws IOException {
        for (String path : PATHS) {
            try (PeerResponse response = transport.send(PeerRequest.post(member.resolve(path), body, timeout))) {
                if (response.status() != 404) {
                    return result(member, response);
                }
            }
        }
        throw new RefusedException(member + " serves no API by which members can be added");
    }

    private Result result(EtcdUrl member, PeerResponse response) throws IOException {
        byte[] answer = response.readBody(LARGEST_ANSWER);
        said = member + " answered " + response.status() + " " + JsonValue.excerpt(answer);
        String text = Reason.line(new String(answer, StandardCharsets.UTF_8));
        if (response.status() / 100 == 2 || text.contains("already exists") || text.contains("lready in cluster")) {
            return Result.ADDED;
        }
        // Both are said before anything is done: while members have been connected for less than five seconds, and
        // while
        // one that was added has not been started.
        if (text.contains("unhealthy cluster") || text.contains("not enough started members")) {
            return Result.REFUSED_FOR_NOW;
        }
        if (response.status() / 100 == 4) {
            throw new RefusedException(said);
        }
        return Result.UNKNOWN;
    }
}
