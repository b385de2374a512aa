package io.github.etcdproxy.promotion;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.flags.NewMember;
import io.github.etcdproxy.internal.json.JsonText;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerRequest.Body;
import io.github.etcdproxy.net.PeerResponse;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Asks a member to add another, through the v3 API or, if that is not served, the v2 API. */
final class MemberAddRequest {
    private static final int LARGEST_ANSWER = 1 << 20;
    private static final List<String> PATHS = List.of(
            "/v3/cluster/member/add", "/v2/members", "/v3beta/cluster/member/add", "/v3alpha/cluster/member/add");

    /** Statuses of gateways that gave up waiting for a member, which may still carry out the request. */
    private static final Set<Integer> GIVEN_UP = Set.of(408, 425, 429, 499);

    private MemberAddRequest() {}

    /** The outcome of a request. */
    enum Outcome {
        /** The member is in the cluster. */
        ADDED,
        /** This request did not add it; a retry may. */
        NOT_NOW,
        /** This request did not add it, and a retry would not either. */
        REFUSED,
        /** It may have been added. */
        UNKNOWN
    }

    /**
     * An answer.
     *
     * @param outcome the outcome
     * @param said the member's message and how to fix it
     */
    record Answer(Outcome outcome, String said) {}

    static Answer ask(EtcdUrl member, NewMember added, PeerTransport transport, Duration timeout) throws IOException {
        Body body = Body.json(JsonText.object("peerURLs", added.peerUrls()));
        for (String path : PATHS) {
            PeerRequest request = PeerRequest.post(member.resolve(path), body, timeout);
            try (PeerResponse response = request.sendBy(transport)) {
                if (response.status() != 404) {
                    return answer(member, response.status(), said(response.readBody(LARGEST_ANSWER)));
                }
            }
        }
        return new Answer(Outcome.REFUSED, member + " serves no API to add members");
    }

    /** etcd's error message; the beginning of the body if there is none. */
    private static String said(byte[] body) {
        try {
            JsonValue json = JsonValue.parse(body);
            String error = json.get("error").text();
            String message = error.isEmpty() ? json.get("message").text() : error;
            return message.isEmpty() ? JsonValue.excerpt(body) : ErrorText.line(message);
        } catch (IOException e) {
            return JsonValue.excerpt(body);
        }
    }

    private static Answer answer(EtcdUrl member, int status, String text) {
        String said = member + " answered " + status + " " + text;
        if (status / 100 == 2 || status == 409 || text.contains("already exists")) {
            return new Answer(Outcome.ADDED, said);
        }
        // etcd reports both before it changes anything.
        if (text.contains("unhealthy cluster")) {
            return new Answer(
                    Outcome.NOT_NOW,
                    said + ": each member must have been connected to the others for five"
                            + " seconds; start those that are down, or remove them");
        }
        if (text.contains("not enough started members")) {
            return new Answer(Outcome.NOT_NOW, said + ": start the members that have been added but not started");
        }
        if (status == 401 || status == 403 || text.contains("user name is empty")) {
            return new Answer(
                    Outcome.REFUSED,
                    said + ": give a client that authenticates itself as a user with the role" + " root");
        }
        boolean refused = status / 100 == 4 && !GIVEN_UP.contains(status);
        return new Answer(refused ? Outcome.REFUSED : Outcome.UNKNOWN, said);
    }
}
