package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.failure.ErrorText;
import java.io.IOException;
import java.util.Objects;

/** A source that asks a second one if the first finds no peers. */
record OrElseDiscovery(PeerDiscovery first, PeerDiscovery second) implements PeerDiscovery {

    OrElseDiscovery {
        Objects.requireNonNull(second, "orElse: null: give a source");
    }

    @Override
    public Peers discover(DiscoveryContext context) throws IOException, InterruptedException {
        try {
            return context.ask(first);
        } catch (IOException ofFirst) {
            try {
                return context.ask(second);
            } catch (IOException ofSecond) {
                IOException both = new IOException(
                        ErrorText.of(ofFirst) + "; then " + DiscoveryContext.nameOf(second) + ": "
                                + ErrorText.of(ofSecond),
                        ofSecond);
                both.addSuppressed(ofFirst);
                throw both;
            }
        }
    }

    @Override
    public String toString() {
        return DiscoveryContext.nameOf(first) + ", or else " + DiscoveryContext.nameOf(second);
    }
}
