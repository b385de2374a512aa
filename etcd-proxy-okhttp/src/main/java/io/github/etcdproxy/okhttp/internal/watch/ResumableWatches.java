package io.github.etcdproxy.okhttp.internal.watch;

import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.ResumedWatch;
import io.github.etcdproxy.okhttp.FailoverPolicy;
import io.github.etcdproxy.okhttp.internal.cancel.CallDeadline;
import io.github.etcdproxy.okhttp.internal.http.CredentialHeaders;
import io.github.etcdproxy.okhttp.internal.http.HostRewriter;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.Headers;
import okhttp3.Interceptor.Chain;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/** Resumes the watches of one wrapped client when their member fails. Thread safe. */
public final class ResumableWatches {
    private final OkHttpClient client;
    private final EtcdProxyListener listener;
    private final BooleanSupplier proxyIsClosed;
    private final RandomGenerator random;

    /**
     * {@code client} forwards to the members like the wrapped one, without the application's interceptors, which ran
     * when the watch was first opened.
     */
    public ResumableWatches(
            OkHttpClient client, EtcdProxyListener listener, BooleanSupplier proxyIsClosed, RandomGenerator random) {
        this.client = client;
        this.listener = listener;
        this.proxyIsClosed = proxyIsClosed;
        this.random = random;
    }

    /** An interceptor in front of the application's, whose time counts too: records the deadline of a watch. */
    public static Response recordDeadline(Chain chain) throws IOException {
        if (WatchRequests.isResumable(chain.request())) {
            CallDeadline.record(chain.call());
        }
        return chain.proceed(chain.request());
    }

    /** Whether a request is a watch that another member can resume. */
    public boolean mayResume(Request request) {
        return WatchRequests.isResumable(request) && request.tag(FailoverPolicy.class) != FailoverPolicy.NEVER;
    }

    /**
     * Wraps a member's response to such a request, so that the body survives the member.
     *
     * @param deadline the call's deadline by {@link System#nanoTime()}; null if there is none
     */
    public Response surviving(Chain chain, Response response, @Nullable Long deadline) {
        Request request = chain.request();
        if (response.code() != 200 || response.header("Content-Encoding") != null) {
            return response;
        }
        Request again = withCredentials(request, response);
        WatchCursor position =
                WatchRequests.isKeys(request.url()) ? V2WatchCursor.of(again, response) : V3WatchCursor.of(again);
        if (position == null) {
            return response;
        }
        WatchReopener reopening = new WatchReopener(chain, response, deadline, this);
        return response.newBuilder()
                .body(ResponseBody.create(
                        Okio.buffer(new WatchBody(response, position, reopening)),
                        response.body().contentType(),
                        -1))
                .build();
    }

    /** Adds the credentials that an authenticator, or a later interceptor, gave for the request. */
    private static Request withCredentials(Request request, Response response) {
        Response network = response.networkResponse();
        if (network == null || !isOfOneServer(response)) {
            return request;
        }
        Request.Builder builder = request.newBuilder();
        Headers sent = network.request().headers();
        for (String name : sent.names()) {
            if (CredentialHeaders.isCredential(name) && request.header(name) == null) {
                sent.values(name).forEach(value -> builder.addHeader(name, value));
            }
        }
        return builder.build();
    }

    /** Whether only the member was asked, so that the last request was for it. */
    private static boolean isOfOneServer(Response response) {
        Response network = response.networkResponse();
        for (Response prior = response.priorResponse(); prior != null; prior = prior.priorResponse()) {
            Response earlier = prior.networkResponse();
            if (network == null
                    || earlier == null
                    || !HostRewriter.isSameServer(
                            earlier.request().url(), network.request().url())) {
                return false;
            }
        }
        return true;
    }

    /** Returns our client with the settings of this call, whose client may be derived from the wrapped one. */
    OkHttpClient clientFor(Chain chain) {
        OkHttpClient.Builder builder = client.newBuilder()
                .connectTimeout(Duration.ofMillis(chain.connectTimeoutMillis()))
                .writeTimeout(Duration.ofMillis(chain.writeTimeoutMillis()))
                .followRedirects(chain.getFollowRedirects())
                .followSslRedirects(chain.getFollowSslRedirects())
                .retryOnConnectionFailure(chain.getRetryOnConnectionFailure())
                .dns(chain.getDns())
                .socketFactory(chain.getSocketFactory())
                .connectionPool(chain.getConnectionPool())
                .proxy(chain.getProxy())
                .proxySelector(chain.getProxySelector())
                .proxyAuthenticator(chain.getProxyAuthenticator())
                .authenticator(chain.getAuthenticator())
                .cookieJar(chain.getCookieJar())
                .hostnameVerifier(chain.getHostnameVerifier())
                .certificatePinner(chain.getCertificatePinner());
        SSLSocketFactory sockets = chain.getSslSocketFactoryOrNull();
        X509TrustManager trust = chain.getX509TrustManagerOrNull();
        if (sockets != null && trust != null) {
            builder.sslSocketFactory(sockets, trust);
        }
        return builder.build();
    }

    boolean isClosed() {
        return proxyIsClosed.getAsBoolean();
    }

    /** For the jitter of pauses. */
    RandomGenerator random() {
        return random;
    }

    void tell(ResumedWatch watch) {
        listener.watchResumed(watch);
    }
}
