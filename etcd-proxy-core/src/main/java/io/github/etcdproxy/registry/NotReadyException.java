package io.github.etcdproxy.registry;

import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * No member was up in the time given. The proxy goes on trying unless it has been closed.
 *
 * @since 0.1
 */
public final class NotReadyException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Serializable, as its values are. */
    @SuppressWarnings("serial")
    private final Map<EtcdUrl, String> reasons;

    NotReadyException(String message, Map<EtcdUrl, String> reasons, @Nullable Throwable cause) {
        super(message, cause);
        this.reasons = reasons;
    }

    /**
     * Why each member is down or, if none is known, why the last request to each peer failed.
     *
     * @return the reasons in the order in which members or peers are tried; empty if no request has completed yet
     */
    public Map<EtcdUrl, String> reasons() {
        return reasons;
    }
}
