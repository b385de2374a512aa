package io.github.etcdproxy.examples.sidecar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Valid and invalid requests of etcd clients. In each, {@code {k}} stands for a key prefix, so that two proxies of one
 * cluster don't collide, and {@code {i}} for the index of the last write.
 */
final class Corpus {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String JSON = "application/json";

    private final List<String> requests = new ArrayList<>();

    private Corpus() {}

    /** All of them, in an order in which each builds on those before. */
    static List<String> requests() {
        Corpus corpus = new Corpus();
        corpus.keys();
        corpus.queries();
        corpus.watches();
        corpus.otherApis();
        corpus.gateway();
        corpus.targets();
        corpus.headersAndBodies();
        return corpus.requests;
    }

    private void add(String method, String target, String... headers) {
        StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: etcd\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        requests.add(request.append("\r\n").toString());
    }

    private void send(String method, String target, String type, String body, String... headers) {
        StringBuilder request = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: etcd\r\nContent-Type: "
                + type + "\r\nContent-Length: {length}\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        requests.add(request.append("\r\n").append(body).toString());
    }

    private void form(String method, String target, String body) {
        send(method, target, FORM, body);
    }

    private void json(String target, String body) {
        send("POST", target, JSON, body);
    }

    private void keys() {
        add("GET", "/v2/keys/{k}/none");
        form("PUT", "/v2/keys/{k}/a", "value=one");
        form("PUT", "/v2/keys/{k}/a", "value=two");
        add("GET", "/v2/keys/{k}/a");
        add("HEAD", "/v2/keys/{k}/a");
        add("HEAD", "/v2/keys/{k}/none");
        form("PUT", "/v2/keys/{k}/a?prevValue=two", "value=three");
        form("PUT", "/v2/keys/{k}/a?prevValue=wrong", "value=four");
        form("PUT", "/v2/keys/{k}/a?prevExist=false", "value=five");
        form("PUT", "/v2/keys/{k}/a?prevExist=true", "value=six");
        form("PUT", "/v2/keys/{k}/new?prevExist=true", "value=x");
        form("PUT", "/v2/keys/{k}/new?prevExist=false", "value=x");
        form("PUT", "/v2/keys/{k}/a?prevIndex={i}", "value=wrong");
        form("PUT", "/v2/keys/{k}/a?prevIndex=one", "value=x");
        form("PUT", "/v2/keys/{k}/a?prevValue=", "value=x");
        form("PUT", "/v2/keys/{k}/a?prevExist=maybe", "value=x");
        form("PUT", "/v2/keys/{k}/a?prevExist=true", "value=seven&ttl=600");
        form("PUT", "/v2/keys/{k}/a?prevExist=true", "value=seven&ttl=");
        form("PUT", "/v2/keys/{k}/a", "value=x&ttl=many");
        form("PUT", "/v2/keys/{k}/a", "ttl=600&refresh=true&prevExist=true");
        form("PUT", "/v2/keys/{k}/a", "ttl=600&refresh=true&value=x");
        form("PUT", "/v2/keys/{k}/a", "");
        form("PUT", "/v2/keys/{k}/a?value=query", "");
        form("PUT", "/v2/keys/{k}/a?noValueOnSuccess=true", "value=quiet");
        form("PUT", "/v2/keys/{k}/dir?dir=true", "");
        form("PUT", "/v2/keys/{k}/dir?dir=true", "");
        form("PUT", "/v2/keys/{k}/dir?dir=true&prevExist=true", "");
        form("PUT", "/v2/keys/{k}/dir/b/c", "value=deep");
        form("PUT", "/v2/keys/{k}/dir/a", "value=first");
        form("PUT", "/v2/keys/{k}/dir", "value=no");
        form("PUT", "/v2/keys/{k}/a/under", "value=no");
        add("GET", "/v2/keys/{k}/dir?sorted=true");
        add("GET", "/v2/keys/{k}/dir/b/");
        add("GET", "/v2/keys/{k}/dir?recursive=true&sorted=true");
        form("POST", "/v2/keys/{k}/queue", "value=job");
        form("POST", "/v2/keys/{k}/queue", "value=job&ttl=600");
        add("GET", "/v2/keys/{k}/queue?sorted=true&recursive=true");
        form("PUT", "/v2/keys/{k}/_hidden", "value=x");
        add("GET", "/v2/keys/{k}?recursive=true&sorted=true");
        add("DELETE", "/v2/keys/{k}/none");
        add("DELETE", "/v2/keys/{k}/dir");
        add("DELETE", "/v2/keys/{k}/dir?dir=true");
        add("DELETE", "/v2/keys/{k}/new?prevValue=wrong");
        add("DELETE", "/v2/keys/{k}/new?prevValue=x");
        add("DELETE", "/v2/keys/{k}/a?prevIndex=1");
        add("DELETE", "/v2/keys/{k}/dir?recursive=true");
        add("DELETE", "/v2/keys/{k}/queue?recursive=true&dir=true");
        add("DELETE", "/v2/keys/");
        form("PUT", "/v2/keys/", "value=x");
        form("POST", "/v2/keys/{k}/a", "value=not+a+dir");
        form("PATCH", "/v2/keys/{k}/a", "value=x");
        form("FROB", "/v2/keys/{k}/a", "value=x");
        add("get", "/v2/keys/{k}/a");
        add("TRACE", "/v2/keys/{k}/a");
    }

    private void queries() {
        for (String query : List.of(
                "quorum=true",
                "quorum=false",
                "quorum=perhaps",
                "recursive=1",
                "recursive=yes",
                "sorted=t",
                "sorted=",
                "dir=true",
                "ttl=5",
                "unknown=1",
                "",
                "&&",
                "=",
                "a=b&a=c",
                "quorum=true&quorum=false",
                "x=%41%2B+%20",
                "x=%E9",
                "x=\"<>",
                "x='y'|z",
                "x=a/b/../c?d")) {
            add("GET", "/v2/keys/{k}/a?" + query);
        }
    }

    private void watches() {
        form("PUT", "/v2/keys/{k}/watched", "value=seen");
        add("GET", "/v2/keys/{k}/watched?wait=true&waitIndex={i}");
        add("GET", "/v2/keys/{k}?wait=true&recursive=true&waitIndex={i}");
        add("GET", "/v2/keys/{k}/watched?wait=true&waitIndex=soon");
        add("GET", "/v2/keys/{k}/watched?wait=perhaps");
        add("GET", "/v2/keys/{k}/watched?stream=true");
        add("GET", "/v2/keys/{k}/watched?wait=false&waitIndex={i}");
        add("HEAD", "/v2/keys/{k}/watched?wait=true&waitIndex={i}");
        form("PUT", "/v2/keys/{k}/watched?wait=true", "value=x");
        add("DELETE", "/v2/keys/{k}/watched?wait=true");
    }

    private void otherApis() {
        for (String path : List.of(
                "/v2/members",
                "/v2/members/",
                "/v2/members/leader",
                "/v2/members/ffff",
                "/v2/machines",
                "/v2/stats/self",
                "/v2/stats/leader",
                "/v2/stats/store",
                "/v2/stats/none",
                "/v2/auth/enable",
                "/v2/auth/users",
                "/v2/auth/users/root",
                "/v2/auth/roles",
                "/v2/auth/roles/root",
                "/v2/auth/none",
                "/v2/config/local/proxy/none",
                "/v2/none",
                "/v2",
                "/v1/keys/a",
                "/version",
                "/health",
                "/livez",
                "/none",
                "/")) {
            add("GET", path);
            if (!path.contains("stats") && !path.endsWith("/")) {
                add("HEAD", path);
            }
        }
        json("/v2/members", "{\"peerURLs\":[]}");
        json("/v2/members", "{\"peerURLs\":[\"no url\"]}");
        json("/v2/members", "{");
        form("POST", "/v2/members", "a=b");
        send("PUT", "/v2/members/ffff", JSON, "{\"peerURLs\":[\"http://127.0.0.1:1\"]}");
        add("DELETE", "/v2/members/ffff");
        add("DELETE", "/v2/members/xyz");
        add("POST", "/v2/stats/self", "Content-Length: 0");
        add("DELETE", "/version");
        send("PUT", "/v2/auth/users/{k}", JSON, "{\"user\":\"{k}\",\"password\":\"secret\"}");
        send("PUT", "/v2/auth/users/{k}", JSON, "{\"user\":\"other\",\"password\":\"secret\"}");
        send(
                "PUT",
                "/v2/auth/roles/{k}",
                JSON,
                "{\"role\":\"{k}\",\"permissions\":{\"kv\":{\"read\":[\"/{k}/*\"],\"write\":[]}}}");
        send("PUT", "/v2/auth/users/{k}", JSON, "{\"user\":\"{k}\",\"grant\":[\"{k}\"]}");
        add("GET", "/v2/auth/users/{k}");
        add("GET", "/v2/auth/roles/{k}");
        add("DELETE", "/v2/auth/users/{k}");
        add("DELETE", "/v2/auth/roles/{k}");
        add("DELETE", "/v2/auth/roles/{k}");
    }

    private void gateway() {
        for (String version : List.of("/v3", "/v3beta", "/v3alpha")) {
            json(version + "/kv/range", "{\"key\":\"{b}\"}");
        }
        json("/v3/kv/put", "{\"key\":\"{b}\",\"value\":\"b25l\"}");
        json("/v3/kv/put", "{\"key\":\"{b}\",\"value\":\"dHdv\",\"prev_kv\":true}");
        json("/v3/kv/range", "{\"key\":\"{b}\"}");
        json("/v3/kv/range", "{\"key\":\"{b}\",\"serializable\":true,\"keys_only\":true}");
        json("/v3/kv/range", "{\"key\":\"not base64!\"}");
        json("/v3/kv/range", "{");
        json("/v3/kv/range", "");
        json(
                "/v3/kv/txn",
                "{\"compare\":[{\"key\":\"{b}\",\"target\":\"VALUE\",\"value\":\"dHdv\"}],"
                        + "\"success\":[{\"requestRange\":{\"key\":\"{b}\"}}],\"failure\":[{\"requestPut\":{\"key\":\"{b}\"}}]}");
        json("/v3/kv/deleterange", "{\"key\":\"{b}\"}");
        json("/v3/kv/compaction", "{\"revision\":\"999999999\"}");
        json("/v3/lease/timetolive", "{\"ID\":\"1\"}");
        json("/v3/lease/revoke", "{\"ID\":\"1\"}");
        json("/v3/lease/leases", "{}");
        json("/v3/cluster/member/list", "{}");
        json("/v3/maintenance/status", "{}");
        json("/v3/maintenance/alarm", "{}");
        json("/v3/auth/user/list", "{}");
        json("/v3/auth/authenticate", "{\"name\":\"nobody\",\"password\":\"x\"}");
        json("/v3/none", "{}");
        add("GET", "/v3/kv/range");
        add("DELETE", "/v3/kv/put");
    }

    private void targets() {
        for (String target : List.of(
                "/v2/keys/{k}/%61",
                "/v2/keys/{k}%2Fa",
                "/v2/keys/{k}/sp%20ace",
                "/v2/keys/{k}/%C3%A9",
                "/v2/keys/{k}/a;b=c",
                "/v2/keys/{k}/a:b@c",
                "/v2/keys/{k}/a+b",
                "/v2/keys/{k}/...",
                "/v2/keys/{k}/a|b",
                "/v2/keys/{k}/a^b`{c}",
                "/v2/keys/{k}/%zz",
                "/v2/keys/{k}/%",
                "/V2/keys/{k}/a",
                "/v2/keys//{k}//a",
                "//v2/keys/{k}/a",
                "/v2/keys/{k}/./a",
                "/v2/keys/{k}/x/../a",
                "/v2/keys/{k}/%2e%2e/{k}/a",
                "/v2/../version",
                "/v2/keys/{k}\\a",
                "/v2/keys/{k}/a#fragment",
                "http://elsewhere:1/v2/keys/{k}/a",
                "http://elsewhere:1",
                "v2/keys/{k}/a",
                "*")) {
            add("GET", target);
        }
        add("GET", "/v2/keys/{k}/" + "long".repeat(1500));
        add("OPTIONS", "*");
        add("OPTIONS", "/v2/keys/{k}/a");
        add("OPTIONS", "/v2/keys/{k}/a", "Origin: http://web.example", "Access-Control-Request-Method: PUT");
        add("CONNECT", "elsewhere:443");
    }

    private void headersAndBodies() {
        add("GET", "/v2/keys/{k}/a", "Origin: http://web.example");
        add("GET", "/v2/keys/{k}/a", "Accept: text/html", "Accept-Encoding: gzip, br", "Accept-Language: de");
        add("GET", "/v2/keys/{k}/a", "Authorization: Basic bm9ib2R5Ong=");
        add("GET", "/v2/keys/{k}/a", "Authorization: nonsense");
        add("GET", "/v2/keys/{k}/a", "Cookie: a=b; c=d", "Referer: x", "User-Agent:");
        add("GET", "/v2/keys/{k}/a", "If-None-Match: *", "Range: bytes=0-1");
        add("GET", "/v2/keys/{k}/a", "X-HTTP-Method-Override: DELETE");
        add("GET", "/v2/keys/{k}/a", "Connection: close, X-A", "X-A: b");
        add("GET", "/v2/keys/{k}/a", "Connection: Upgrade", "Upgrade: websocket");
        add("GET", "/v2/keys/{k}/a", "TE: trailers, gzip", "Keep-Alive: 5", "Proxy-Connection: keep-alive");
        add("GET", "/v2/keys/{k}/a", "Max-Forwards: 0", "Via: 1.1 other, 1.0 another (comment)");
        add("GET", "/v2/keys/{k}/a", "X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4");
        add("GET", "/v2/keys/{k}/a", "X-Long: " + "x".repeat(20_000));
        add("GET", "/v2/keys/{k}/a", "Content-Length: 0");
        send("GET", "/v2/keys/{k}/a", FORM, "value=ignored");
        send("DELETE", "/v2/keys/{k}/a?prevIndex=1", FORM, "value=ignored");
        add("PUT", "/v2/keys/{k}/nothing");
        send("PUT", "/v2/keys/{k}/typed", "text/plain", "value=x");
        send("PUT", "/v2/keys/{k}/typed", "application/json", "{\"value\":\"x\"}");
        send("PUT", "/v2/keys/{k}/typed", FORM + "; charset=utf-8", "value=%C3%A9");
        send("PUT", "/v2/keys/{k}/typed", FORM, "value=%zz");
        send("PUT", "/v2/keys/{k}/typed", FORM, "value=a;b");
        send("PUT", "/v2/keys/{k}/typed", FORM, "value=x", "Content-Encoding: gzip");
        send("PUT", "/v2/keys/{k}/typed", FORM, "value=x", "Expect: 100-continue");
        for (int kilobytes : List.of(1, 63, 64, 65, 300, 1000)) {
            form("PUT", "/v2/keys/{k}/big", "value=" + "v".repeat(kilobytes * 1024));
            add("GET", "/v2/keys/{k}/big");
        }
        requests.add("PUT /v2/keys/{k}/chunked HTTP/1.1\r\nHost: etcd\r\nContent-Type: " + FORM
                + "\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nvalue=\r\n3;x=y\r\none\r\n0\r\n\r\n");
        requests.add("PUT /v2/keys/{k}/chunked HTTP/1.1\r\nHost: etcd\r\nContent-Type: " + FORM
                + "\r\nTransfer-Encoding: chunked\r\n\r\n" + ("186a0\r\nvalue=" + "v".repeat(99_994) + "\r\n")
                + "0\r\nX-Trailer: 1\r\n\r\n");
        requests.add("GET /v2/keys/{k}/chunked HTTP/1.1\r\nHost: etcd\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        requests.add("GET /v2/keys/{k}/chunked HTTP/1.0\r\n\r\n");
        add("GET", "/v2/keys/{k}?recursive=true&sorted=true");
    }

    /** The request of one proxy. */
    static String forPrefix(String request, String prefix, String index) {
        String filled = request.replace("{k}", prefix)
                .replace(
                        "{b}",
                        java.util.Base64.getEncoder()
                                .encodeToString(prefix.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .replace("{i}", index);
        int end = filled.indexOf("\r\n\r\n") + 4;
        return filled.replace("{length}", Integer.toString(filled.length() - end));
    }

    static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
