package io.github.etcdproxy.okhttp.internal.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.okhttp.TestOptions;
import io.github.etcdproxy.options.ProxyOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.Interceptor.Chain;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttemptTimeoutsTest {
    private static final Request GET =
            new Request.Builder().url("http://a:2379/v2/keys/a").build();
    private static final Request WATCH =
            new Request.Builder().url("http://a:2379/v2/keys/a?wait=true").build();

    /** OkHttp's own chain for a client with these timeouts. */
    private static Chain chain(int connect, int write, int read) throws IOException {
        AtomicReference<Chain> seen = new AtomicReference<>();
        OkHttpClient client = new OkHttpClient.Builder()
                .connectTimeout(Duration.ofMillis(connect))
                .writeTimeout(Duration.ofMillis(write))
                .readTimeout(Duration.ofMillis(read))
                .addInterceptor(chain -> {
                    seen.set(chain);
                    return new Response.Builder()
                            .request(chain.request())
                            .protocol(Protocol.HTTP_1_1)
                            .code(200)
                            .message("")
                            .build();
                })
                .build();
        client.newCall(GET).execute().close();
        return Objects.requireNonNull(seen.get());
    }

    private static ProxyOptions options(int dial, int write, int read) {
        return TestOptions.builder()
                .listenClientUrls("http://etcd.invalid:2379")
                .dialTimeout(Duration.ofMillis(dial))
                .writeTimeout(Duration.ofMillis(write))
                .readTimeout(Duration.ofMillis(read))
                .build();
    }

    private static Request put(long length, boolean duplex) {
        return GET.newBuilder()
                .put(new RequestBody() {
                    @Override
                    public @Nullable MediaType contentType() {
                        return null;
                    }

                    @Override
                    public long contentLength() throws IOException {
                        if (length < -1) {
                            throw new IOException("unknown");
                        }
                        return length;
                    }

                    @Override
                    public boolean isDuplex() {
                        return duplex;
                    }

                    @Override
                    public void writeTo(BufferedSink sink) {}
                })
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        // the caller's, 0 for none; the option's -> with sockets made by OkHttp, without
        "10000, 1000, 1000, 10000",
        "500, 1000, 500, 500",
        "1000, 1000, 1000, 1000",
        "1001, 1000, 1000, 1001",
        "999, 1000, 999, 999",
        "0, 1000, 1000, 0",
    })
    void connectTimeout_shorterHolds_whereOkHttpConnects(int callers, int option, int socks, int direct)
            throws Exception {
        Chain chain = chain(callers, 1, 1);

        assertThat(AttemptTimeouts.on(chain, GET, options(option, 1, 0), true).connectTimeoutMillis())
                .isEqualTo(socks);
        assertThat(AttemptTimeouts.on(chain, GET, options(option, 1, 0), false).connectTimeoutMillis())
                .isEqualTo(direct);
    }

    @ParameterizedTest
    @CsvSource({
        // the caller's, 0 for none; the option's; length of the body; duplex -> of the attempt
        "10000, 5000, 4097, false, 5000",
        "10000, 5000, -1, false, 5000",
        "10000, 5000, 0, true, 5000",
        "10000, 5000, -2, false, 5000", // the length is unknown
        "10000, 5000, 4096, false, 10000", // it fits the socket's buffer
        "10000, 5000, 0, false, 10000",
        "0, 5000, 4097, false, 5000",
        "0, 5000, 4096, false, 0",
        "4999, 5000, 4097, false, 4999",
        "5000, 5000, 4097, false, 5000",
    })
    void writeTimeout_shorterHolds_ifBodyMayBlock(int callers, int option, long length, boolean duplex, int ofAttempt)
            throws Exception {
        assertThat(AttemptTimeouts.on(chain(1, callers, 1), put(length, duplex), options(1, option, 0), false)
                        .writeTimeoutMillis())
                .isEqualTo(ofAttempt);
    }

    @ParameterizedTest
    @CsvSource({
        // the caller's, the option's; each 0 for none -> of a call, of a watch
        "10000, 0, 10000, 0",
        "0, 0, 0, 0",
        "10000, 5000, 5000, 5000",
        "5000, 10000, 5000, 10000",
        "4999, 5000, 4999, 5000",
        "5001, 5000, 5000, 5000",
        "0, 5000, 5000, 5000",
    })
    void readTimeout_ofCallAndWatch(int callers, int option, int ofCall, int ofWatch) throws Exception {
        Duration ofOption = Duration.ofMillis(option);
        ProxyOptions options = options(1, 1, option);
        Chain chain = chain(1, 1, callers);

        assertThat(AttemptTimeouts.read(callers, ofOption, false)).isEqualTo(ofCall);
        assertThat(AttemptTimeouts.read(callers, ofOption, true)).isEqualTo(ofWatch);
        assertThat(AttemptTimeouts.on(chain, GET, options, false).readTimeoutMillis())
                .isEqualTo(ofCall);
        assertThat(AttemptTimeouts.on(chain, WATCH, options, false).readTimeoutMillis())
                .isEqualTo(ofWatch);
    }

    @ParameterizedTest
    @CsvSource({"0, 1000, false", "999, 1000, true", "1000, 1000, false", "1001, 1000, false", "1, 1000, true"})
    void callerIsImpatient_belowDialTimeoutOnly(int callers, int option, boolean impatient) throws Exception {
        assertThat(AttemptTimeouts.callerIsImpatient(chain(callers, 1, 1), options(option, 1, 0)))
                .isEqualTo(impatient);
    }
}
