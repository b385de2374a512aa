package io.github.etcdproxy.internal.members;

import io.github.etcdproxy.internal.failure.ErrorText;
import io.github.etcdproxy.internal.failure.ShortList;
import io.github.etcdproxy.net.EtcdUrl;
import java.io.IOException;
import java.io.Serial;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every peer was asked for the members, and none gave a usable response. */
public final class NoPeerAnsweredException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /** Serializable, as its values are. */
    @SuppressWarnings("serial")
    private final Map<EtcdUrl, String> reasons;

    /**
     * Creates an exception.
     *
     * @param reasons why each peer was skipped, in the order in which they were asked
     * @param notAsked the number of further peers, which were not asked
     */
    public NoPeerAnsweredException(Map<EtcdUrl, String> reasons, int notAsked) {
        this(message(reasons, notAsked), reasons);
    }

    private NoPeerAnsweredException(String message, Map<EtcdUrl, String> reasons) {
        super(message);
        this.reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
    }

    private static String message(Map<EtcdUrl, String> reasons, int notAsked) {
        List<String> texts = reasons.entrySet().stream()
                .map(reason -> reason.getKey() + ": " + reason.getValue())
                .toList();
        int all = texts.size() + notAsked;
        return ShortList.join(texts, "; ")
                + (notAsked == 0 ? "" : "; the other " + notAsked + " of " + all + " were not asked");
    }

    /**
     * This failure combined with a later failure to find other peers.
     *
     * @param later the later failure
     * @return an exception with the reasons of both
     */
    public NoPeerAnsweredException and(IOException later) {
        Map<EtcdUrl, String> all = new LinkedHashMap<>(reasons);
        if (later instanceof NoPeerAnsweredException ofOthers) {
            all.putAll(ofOthers.reasons);
        }
        return new NoPeerAnsweredException(getMessage() + "; " + ErrorText.of(later), all);
    }

    /**
     * Why each peer was skipped.
     *
     * @return the reason for each, in the order in which they were asked
     */
    public Map<EtcdUrl, String> reasons() {
        return reasons;
    }
}
