package io.github.etcdproxy.discovery;

import io.github.etcdproxy.discovery.DiscoveryException.Problem;
import io.github.etcdproxy.internal.json.JsonValue;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.net.PeerRequest;
import io.github.etcdproxy.net.PeerRequest.Body;
import io.github.etcdproxy.net.PeerTransport;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A token in the v2 keys API, in the layout of server/etcdserver/api/v2discovery/discovery.go (etcd 3.5): {@code
 * <token>/_config/size} and {@code <token>/<id>} for each member.
 */
final class V2RegistrationStore implements RegistrationStore {
    private static final String READ = "quorum=false&recursive=false&sorted=false";

    private static final int KEY_NOT_FOUND = 100;
    private static final int NODE_EXISTS = 105;
    private static final int EVENT_INDEX_CLEARED = 401;

    private final URI token;
    private final TokenService service;

    /** The token's key at the service; known after the first listing. */
    private String tokenKey = "";

    V2RegistrationStore(URI token, Optional<EtcdUrl> httpProxy, PeerTransport transport) {
        this.token = token;
        this.service = new TokenService(transport, httpProxy, token.toString());
    }

    /** The token's URL, with something appended to its path and its query. */
    private URI at(String subpath, String query) {
        String path = token.getRawPath().replaceAll("/+$", "") + subpath;
        String ownQuery = token.getRawQuery() == null ? "" : token.getRawQuery() + "&";
        return URI.create(token.getScheme() + "://" + token.getRawAuthority() + path + "?" + ownQuery + query);
    }

    @Override
    public long size() throws IOException {
        TokenService.Answer answer = service.ask(PeerRequest.get(at("/_config/size", READ), TokenService.TIMEOUT));
        return service.size(node(answer).get("value").text());
    }

    @Override
    public Registered registered() throws IOException {
        TokenService.Answer answer = service.ask(PeerRequest.get(at("", READ), TokenService.TIMEOUT));
        JsonValue node = node(answer);
        tokenKey = node.get("key").text();
        return new Registered(
                Registered.sorted(node.get("nodes").items().stream()
                        .filter(child -> isMember(child.get("key").text()))
                        .map(V2RegistrationStore::member)),
                Math.max(answer.index(), node.get("modifiedIndex").number()));
    }

    /** Whether a key is a member's. Its sibling {@code _config} is hidden from listings but not from watches. */
    private boolean isMember(String key) {
        boolean child = key.startsWith(tokenKey + "/") && key.lastIndexOf('/') == tokenKey.length();
        return child && !id(key).isEmpty() && !id(key).startsWith("_");
    }

    private static Node member(JsonValue node) {
        return new Node(
                id(node.get("key").text()),
                node.get("value").text(),
                node.get("createdIndex").number());
    }

    private static String id(String key) {
        return key.substring(key.lastIndexOf('/') + 1);
    }

    @Override
    public Registered awaitChange(Registered before) throws IOException {
        TokenService.Answer answer;
        try {
            answer = service.ask(PeerRequest.get(
                    at("", "recursive=true&wait=true&waitIndex=" + (before.index() + 1)), TokenService.LONGEST_WAIT));
        } catch (TokenService.WaitEndedException e) {
            return registered();
        }
        boolean givenUp = answer.isSuccess() && answer.json().isEmpty();
        if (givenUp || errorCode(answer) == EVENT_INDEX_CLEARED) {
            return registered();
        }
        JsonValue node = node(answer);
        String key = node.get("key").text();
        if (key.equals(tokenKey)) { // the token itself has changed
            return registered();
        }
        long index = Math.max(before.index() + 1, node.get("modifiedIndex").number());
        if (!isMember(key)) {
            return before.upTo(index);
        }
        return switch (answer.json().get("action").text()) {
            case "delete", "expire", "compareAndDelete" -> before.without(id(key), index);
            default -> before.with(member(node), index);
        };
    }

    @Override
    public boolean create(String id, String value) throws IOException {
        Body body = new Body(
                "application/x-www-form-urlencoded", "value=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
        TokenService.Answer answer =
                service.ask(PeerRequest.put(at("/" + id, "prevExist=false"), body, TokenService.TIMEOUT));
        if (errorCode(answer) == NODE_EXISTS) {
            return false;
        }
        node(answer);
        return true;
    }

    private static int errorCode(TokenService.Answer answer) {
        return answer.isSuccess() ? 0 : (int) answer.json().get("errorCode").number();
    }

    private JsonValue node(TokenService.Answer answer) throws DiscoveryException {
        if (errorCode(answer) == KEY_NOT_FOUND) {
            throw service.problem(Problem.SIZE_NOT_FOUND, TokenService.NO_SIZE);
        }
        JsonValue node = answer.json().get("node");
        if (answer.isSuccess() && node.isEmpty()) {
            throw service.problem(Problem.BAD_ENDPOINT, "answered with JSON that is not etcd's, " + answer.excerpt());
        }
        if (!answer.isSuccess()) {
            throw service.refused(answer);
        }
        return node;
    }
}
