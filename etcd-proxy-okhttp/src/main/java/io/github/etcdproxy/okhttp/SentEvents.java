package io.github.etcdproxy.okhttp;

import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.HttpUrl;

/**
 * Hears from OkHttp how far the attempts of one call get. Its events come from the connection itself: no interceptor, and no
 * second proxy, can hide them. Used by the call's thread.
 */
final class SentEvents extends EventListener {
    private boolean handedOver;
    private boolean lookedForConnection;
    private boolean startedToSend;

    /** To be called first for each attempt. */
    void attemptBegins() {
        handedOver = false;
        lookedForConnection = false;
        startedToSend = false;
    }

    /** To be called when the request is given to OkHttp and to whatever interceptors stand between. */
    void handedOver() {
        handedOver = true;
    }

    /**
     * Whether a byte of the request may have left. Once it was handed over, that none has must be proven: OkHttp was heard to look for a connection,
     * and not heard to write on one.
     */
    boolean mayHaveBeenSent() {
        return handedOver && (startedToSend || !lookedForConnection);
    }

    @Override
    public void proxySelectStart(Call call, HttpUrl url) {
        lookedForConnection = true;
    }

    @Override
    public void requestHeadersStart(Call call) {
        startedToSend = true;
    }
}
