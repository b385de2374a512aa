package io.github.etcdproxy.examples.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.EtcdProxyProcess;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import io.github.etcdproxy.examples.sidecar.RawClient.Reply;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same requests through {@code etcd --proxy} and through the sidecar, on one real cluster. */
@Tag("once")
class DifferentialIT {
    /** The headers that matter to a client. */
    private static final List<String> HEADERS = List.of(
            "Access-Control-Allow-Headers",
            "Access-Control-Allow-Methods",
            "Access-Control-Allow-Origin",
            "Allow",
            "Content-Encoding",
            "Content-Type",
            "Location",
            "WWW-Authenticate",
            "X-Etcd-Cluster-Id",
            "X-Etcd-Index");

    /**
     * The original refuses a write without reading it, and resets the connection on which more than that is still
     * coming.
     */
    private static final int MOST_UNREAD = 200_000;

    private static final Pattern INDEX = Pattern.compile("\"modifiedIndex\":(\\d+)");

    @TempDir
    private Path directory;

    /**
     * A deliberate difference.
     *
     * @param request in its text
     * @param ours how the sidecar's answer begins
     * @param reason as in docs/sidecar.md
     */
    private record Deliberate(String mode, Pattern request, String ours, String reason) {
        boolean explains(String asked, String answered) {
            return request.matcher(asked).lookingAt() && answered.startsWith(ours);
        }
    }

    private static Deliberate deliberate(String mode, String request, String ours, String reason) {
        return new Deliberate(mode, Pattern.compile(request, Pattern.DOTALL), ours, reason);
    }

    private static final List<Deliberate> DELIBERATE = List.of(
            deliberate("", "GET /[^ ]*/(\\.|\\.\\.|%2e%2e)/", "400", "Dot segments are refused"),
            deliberate("", "GET [^ ]*\\\\", "400", "A backslash is refused"),
            deliberate("", "GET [^ ]*#", "400", "A fragment is refused"),
            deliberate("", "GET (v2|\\*|[^ ]*%(zz)? )", "400\nContent-Type: application/json", "Errors are JSON"),
            deliberate("", "(GET http|CONNECT )", "400", "Target and Host must agree"),
            deliberate("readonly", "(HEAD|OPTIONS) ", "", "Read-only mode permits HEAD and OPTIONS"),
            deliberate("readonly", "GET .*X-HTTP-Method-Override", "501", "Read-only mode refuses disguised writes"),
            deliberate(
                    "readonly",
                    "POST /v3(alpha|beta)?/(kv/(range|txn)|lease/(timetolive|leases)|cluster/member/list"
                            + "|maintenance/(status|alarm)|auth/(user/list|authenticate)) ",
                    "",
                    "Read-only mode permits the reads of the v3 API"));

    /** One of the two, with keys of its own. */
    private static final class Side {
        private final int port;
        private final String prefix;
        private String index = "1";

        Side(int port, String prefix) {
            this.port = port;
            this.prefix = prefix;
        }

        String ask(String request) throws IOException {
            return ask(request, port);
        }

        String ask(String request, int otherPort) throws IOException {
            try (RawClient client = new RawClient(otherPort)) {
                client.send(Corpus.forPrefix(request, prefix, index));
                Reply reply = client.read(request.startsWith("HEAD "));
                while (reply.status() == 100) {
                    reply = client.read();
                }
                Matcher matcher = INDEX.matcher(reply.body());
                if (!request.startsWith("GET") && matcher.find()) {
                    index = matcher.group(1);
                }
                return comparable(reply);
            }
        }

        private String comparable(Reply reply) {
            StringBuilder text = new StringBuilder().append(reply.status());
            for (String header : HEADERS) {
                List<String> values = reply.headers(header);
                if (!values.isEmpty()) {
                    text.append("\n")
                            .append(header)
                            .append(": ")
                            .append(plain(String.join(", ", new TreeSet<>(values))));
                }
            }
            return text.append("\n").append(plain(reply.body())).toString();
        }

        /** Removes what differs between writes: the prefix, and numbers other than statuses and error codes. */
        private String plain(String text) {
            return text.replace(prefix, "K")
                    .replace(Corpus.base64(prefix), "K")
                    .replaceAll("(?<!\"errorCode\":)(?<![0-9])[0-9]+", "N")
                    .replaceAll(
                            "\"(expiration|startTime|uptime|name|id|leader|ID|member_id|cluster_id)\":\"[^\"]*\"",
                            "\"$1\":\"…\"");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "readonly"})
    void theSidecarAnswersAsEtcdsProxy(String mode) throws IOException {
        try (ProcessCluster cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
                EtcdProxyProcess original =
                        EtcdProxyProcess.start(EtcdBinary.forTest(), cluster.initialCluster(), mode);
                RunningSidecar ours = RunningSidecar.of(cluster.initialCluster(), directory, "--proxy", mode)) {
            int memberPort = URI.create(cluster.members().get(0).clientUrl()).getPort();
            Side left = new Side(URI.create(original.url()).getPort(), "kyo");
            Side right = new Side(ours.port(), "kys");
            List<String> differences = new ArrayList<>();
            Set<Deliberate> used = new HashSet<>();
            for (String request : Corpus.requests()) {
                if (mode.equals("readonly") && request.length() > MOST_UNREAD) {
                    continue;
                }
                String expected = left.ask(request);
                String actual = right.ask(request);
                if (!isSame(expected, actual)) {
                    Optional<Deliberate> why = DELIBERATE.stream()
                            .filter(one -> one.mode().isEmpty() || one.mode().equals(mode))
                            .filter(one -> one.explains(request, actual))
                            .findFirst();
                    why.ifPresent(used::add);
                    if (why.isEmpty()) {
                        differences.add(request.lines().limit(8).toList() + "\n<<< " + expected + "\n>>> " + actual);
                    }
                }
                if (mode.equals("readonly") && expected.startsWith("501")) {
                    left.ask(request, memberPort); // so that there is something to be read
                    right.ask(request, memberPort);
                }
            }
            assertThat(String.join("\n\n", differences)).isEmpty();
            assertThat(Corpus.requests()).hasSizeGreaterThan(150);
            assertThat(used)
                    .as("differences that there are")
                    .containsExactlyInAnyOrderElementsOf(DELIBERATE.stream()
                            .filter(one -> one.mode().isEmpty() || one.mode().equals(mode))
                            .toList());
            System.out.printf(
                    "%d requests through etcd --proxy %s and the sidecar agree, but for %d deliberate differences%n",
                    Corpus.requests().size(), mode, used.size());
        }
    }

    /** The sidecar lets web pages read every answer, and the original not those that come from outermost. */
    private static boolean isSame(String expected, String actual) {
        return actual.equals(expected)
                || (!expected.contains("\nAccess-Control-")
                        && actual.replaceAll("\nAccess-Control-[^\n]*", "").equals(expected));
    }

    @Test
    void eachDifferenceIsListedForUsers() throws IOException {
        String page = Files.readString(Path.of("../../docs/sidecar.md"));
        assertThat(DELIBERATE).allSatisfy(one -> assertThat(page).contains("| " + one.reason()));
    }
}
