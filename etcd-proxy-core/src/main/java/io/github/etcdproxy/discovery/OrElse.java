package io.github.etcdproxy.discovery;

import io.github.etcdproxy.net.Reason;
import java.io.IOException;
import java.util.Objects;

/** One source, or where it finds nothing, another. */
record OrElse(PeerDiscovery first, PeerDiscovery second) implements PeerDiscovery {

    OrElse {
        Objects.requireNonNull(second, "orElse: null: give a source");
    }

    @Override
    public Peers discover(DiscoveryContext context) throws IOException, InterruptedException {
        try {
            return first.discover(context);
        } catch (IOException ofFirst) {
            try {
                return second.discover(context);
            } catch (IOException ofSecond) {
                IOException both =
                        new IOException(Reason.of(ofFirst) + "; then " + second + ": " + Reason.of(ofSecond), ofSecond);
                both.addSuppressed(ofFirst);
                throw both;
            }
        }
    }

    @Override
    public String toString() {
        return first + ", or else " + second;
    }
}
