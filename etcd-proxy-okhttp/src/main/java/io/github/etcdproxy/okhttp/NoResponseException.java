package io.github.etcdproxy.okhttp;

import java.io.Serial;

/** No member gave a response. Stays inside: the caller gets the error as a response or as an exception, as the options say. */
final class NoResponseException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient ProxyError error;

    NoResponseException(ProxyError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    ProxyError error() {
        return error;
    }
}
