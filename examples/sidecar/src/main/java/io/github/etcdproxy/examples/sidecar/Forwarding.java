package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.examples.sidecar.Target.BadTargetException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.RequestBody;
import okio.BufferedSource;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.QuietException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a request itself, or forwards it through the wrapped client and passes the member's response back. Both
 * bodies are streamed. One thread serves a request from beginning to end. Thread safe.
 */
final class Forwarding extends Handler.Abstract {
    private static final Logger log = LoggerFactory.getLogger(Forwarding.class);

    /** The listen client URL, at which nothing listens: calls to it are forwarded. */
    static final String LISTEN = "http://sidecar.invalid:2379";

    private static final HttpUrl LISTEN_URL = HttpUrl.get(LISTEN);

    private static final Answer BROKEN_OFF = Answer.refusal(
            502, "httpproxy: the response of the member broke off; what was asked for may have been done");

    private static final Answer CLIENT_GONE = Answer.refusal(
            502,
            "httpproxy: the client ended its side of the connection before a member had answered; what it asked for may"
                    + " have been done");

    private static final long LOOP_REPORTED_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** The values that etcd parses as true. */
    private static final Set<String> GO_TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");

    /** Longer responses are streamed. */
    private static final int SHORT = 16 * 1024;

    private final OkHttpClient client;
    private final LocalPages pages;
    private final Metrics metrics;
    private final Cors cors;
    private final AtomicLong loopReported = new AtomicLong();
    private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();

    Forwarding(OkHttpClient client, LocalPages pages, Metrics metrics, Cors cors) {
        this.client = client;
        this.pages = pages;
        this.metrics = metrics;
        this.cors = cors;
    }

    /** The running exchanges. */
    Set<Exchange> exchanges() {
        return exchanges;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        try {
            Answer answer = answer(request);
            if (answer != null) {
                say(answer, request, response, callback);
                return true;
            }
            HttpUrl url = Target.of(LISTEN_URL, request.getHttpURI().getPathQuery());
            forward(request, url, response, callback);
        } catch (BadTargetException e) {
            say(Answer.refusal(400, e.why()), request, response, callback);
        } catch (CharacterCodingException e) {
            say(Answer.refusal(400, "a header is not UTF-8: write it in ASCII"), request, response, callback);
        } catch (IOException | HttpException.RuntimeException e) {
            fail(request, response, callback, e);
        } catch (RuntimeException e) {
            log.error("{} {} failed", request.getMethod(), request.getHttpURI(), e);
            fail(request, response, callback, e);
        }
        return true;
    }

    private void say(Answer answer, Request request, Response response, Callback callback) {
        response.reset(); // discards parts of a member's response
        cors.addTo(response.getHeaders(), request.getHeaders().get(HttpHeader.ORIGIN));
        answer.write(response, callback);
    }

    /** Handles a client that has disconnected or sent an invalid body, or a member whose response broke off. */
    private void fail(Request request, Response response, Callback callback, Exception failure) {
        log.debug("{} {} ended early", request.getMethod(), request.getHttpURI(), failure);
        Answer refusal = refusal(failure);
        if (!response.isCommitted()) {
            say(refusal == null ? BROKEN_OFF : refusal, request, response, callback);
        } else {
            // The connection is closed, so that the client sees that the response is incomplete.
            callback.failed(new QuietException.Exception(failure));
        }
    }

    /** The refusal for an invalid request body; null if the body is not the cause. */
    private static @Nullable Answer refusal(@Nullable Throwable failure) {
        if (failure instanceof HttpException bad) {
            String reason = String.valueOf(bad.getReason());
            return Answer.refusal(
                    bad.getCode(),
                    reason.equals("Early EOF") ? "the body is cut short, or one of its chunks is malformed" : reason);
        }
        if (failure instanceof TimeoutException) {
            return Answer.refusal(408, "the request's body did not come in time");
        }
        return failure == null ? null : refusal(failure.getCause());
    }

    /** The sidecar's own response; null if the request is forwarded. */
    private @Nullable Answer answer(Request request) throws IOException {
        String coding = request.getHeaders().get(HttpHeader.TRANSFER_ENCODING);
        if (coding != null && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0) {
            return Answer.refusal(400, "Transfer-Encoding: there is none in HTTP/1.0");
        }
        if (coding != null && !coding.equalsIgnoreCase("chunked")) {
            return Answer.refusal(501, "Transfer-Encoding: write chunked, or send a Content-Length");
        }
        if (request.getHttpURI().getFragment() != null) {
            return Answer.refusal(400, "bad request target: percent-encode its \"#\"");
        }
        if (request.getMethod().equals("OPTIONS")) {
            return Answer.text(200, ""); // CORS preflight; like etcd, also without an Origin
        }
        if (request.getMethod().equals("CONNECT")) {
            return Answer.refusal(405, "CONNECT: this proxy forwards to the members of its cluster only");
        }
        return pages.answer(request.getMethod(), request.getHttpURI().getPath());
    }

    private void forward(Request request, HttpUrl url, Response response, Callback callback) throws IOException {
        ClientEndPoint connection = ClientEndPoint.of(request);
        String method = request.getMethod();
        metrics.received(method);
        long begin = System.nanoTime();
        boolean takesBody =
                !method.equals("GET") && !method.equals("HEAD"); // OkHttp permits none, and etcd's API has none
        RequestBody body = takesBody
                ? RequestContent.of(request, connection::awaitResponse)
                : RequestContent.skip(request, connection::awaitResponse);
        Call call = client.newCall(new okhttp3.Request.Builder()
                .url(url)
                .headers(ForwardedFields.toMember(request))
                .method(method, body)
                .build());
        Exchange exchange = new Exchange(call, connection);
        exchanges.add(exchange);
        try (okhttp3.Response answer = call.execute()) {
            if (answer.networkResponse() == null) {
                metrics.dropped(method, answer.code());
                if (answer.code() == 508) {
                    tellOfLoop();
                }
            } else {
                metrics.handled(method, answer.code(), System.nanoTime() - begin);
            }
            respond(exchange, request, answer, response, callback);
        } catch (IOException e) {
            if (!exchange.isClientGone() || response.isCommitted()) {
                throw e;
            }
            // It may have ended its own side only, and still hear this.
            metrics.dropped(method, 502);
            say(CLIENT_GONE, request, response, callback);
        } finally {
            exchanges.remove(exchange);
        }
    }

    private void tellOfLoop() {
        long now = System.nanoTime();
        long last = loopReported.get();
        if ((last == 0 || now - last > LOOP_REPORTED_NANOS) && loopReported.compareAndSet(last, now)) {
            log.warn(
                    "A request came back here: a member advertises this sidecar's URL, or that of one that forwards to it;"
                            + " see --advertise-client-urls of the members, and /v2/config/local/proxy");
        }
    }

    private void respond(
            Exchange exchange, Request request, okhttp3.Response answer, Response response, Callback callback)
            throws IOException {
        response.setStatus(answer.code());
        HttpFields.Mutable headers = response.getHeaders();
        ForwardedFields.toClient(answer.headers(), headers);
        cors.addTo(headers, request.getHeaders().get(HttpHeader.ORIGIN));
        if (request.getMethod().equals("HEAD") || answer.code() == 204 || answer.code() == 304) {
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
        } else if (answer.body().contentLength() >= 0 && answer.body().contentLength() <= SHORT) {
            byte[] all = answer.body().bytes();
            headers.put(HttpHeader.CONTENT_LENGTH, all.length);
            response.write(true, ByteBuffer.wrap(all), callback);
        } else {
            if (isWatch(answer.request().url())) {
                exchange.beginWatch();
            }
            stream(exchange, answer.body().source(), response);
            callback.succeeded();
        }
    }

    /** Passes on data as it arrives: the headers first, since a watch may have nothing else at the start. */
    private static void stream(Exchange exchange, BufferedSource source, Response response) throws IOException {
        Content.Sink.write(response, false, BufferUtil.EMPTY_BUFFER);
        byte last = '\n';
        while (hasMore(exchange, source)) {
            byte[] piece = source.getBuffer().readByteArray();
            last = piece[piece.length - 1];
            Content.Sink.write(response, false, ByteBuffer.wrap(piece));
        }
        if (exchange.isEnded() && last != '\n') {
            throw new IOException("ended in the midst of an event");
        }
        Content.Sink.write(response, true, BufferUtil.EMPTY_BUFFER);
    }

    private static boolean hasMore(Exchange exchange, BufferedSource source) throws IOException {
        try {
            return !source.exhausted();
        } catch (IOException e) {
            if (exchange.isEnded()) {
                return false;
            }
            throw e;
        }
    }

    /** Whether the response is an open-ended sequence of lines. */
    private static boolean isWatch(HttpUrl url) {
        String path = url.encodedPath();
        String wait = url.queryParameter("wait");
        return (path.startsWith("/v2/keys") && wait != null && GO_TRUE.contains(wait))
                || path.matches("/v3(alpha|beta)?/watch");
    }
}
