package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.event.ResumedWatch;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/** The watches of one wrapped client, which go on when the member that serves them does not. Thread safe. */
final class Watches {
    private final OkHttpClient client;
    private final EtcdProxyListener listener;
    private final BooleanSupplier proxyIsClosed;
    private final RandomGenerator random;

    /**
     * {@code client} is forwarded to the members as the wrapped one is, without the application's interceptors, which have had
     * their say when the watch was opened first.
     */
    Watches(OkHttpClient client, EtcdProxyListener listener, BooleanSupplier proxyIsClosed, RandomGenerator random) {
        this.client = client;
        this.listener = listener;
        this.proxyIsClosed = proxyIsClosed;
        this.random = random;
    }

    /**
     * A member's answer whose body survives the member, if it is that of a watch.
     *
     * @param deadline when the call's time is up, by {@link System#nanoTime()}; null if never
     */
    Response surviving(Call call, Request request, Response response, @Nullable Long deadline) {
        if (response.code() != 200
                || !WatchRequests.canGoOn(request)
                || request.tag(Failover.class) == Failover.NEVER
                || response.header("Content-Encoding") != null) {
            return response;
        }
        WatchPosition position =
                WatchRequests.isKeys(request.url()) ? KeysWatch.of(request, response) : GatewayWatch.of(request);
        if (position == null) {
            return response;
        }
        WatchBody body = new WatchBody(response, position, new WatchReopening(call, deadline, this));
        return response.newBuilder()
                .body(ResponseBody.create(Okio.buffer(body), response.body().contentType(), -1))
                .build();
    }

    OkHttpClient client() {
        return client;
    }

    boolean isClosed() {
        return proxyIsClosed.getAsBoolean();
    }

    /** Between half and the whole of a pause. */
    Duration jittered(Duration pause) {
        long half = pause.toNanos() / 2;
        return Duration.ofNanos(half + random.nextLong(half + 1));
    }

    void tell(ResumedWatch watch) {
        listener.watchResumed(watch);
    }
}
