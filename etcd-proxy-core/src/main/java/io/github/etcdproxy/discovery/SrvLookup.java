package io.github.etcdproxy.discovery;

import io.github.etcdproxy.internal.failure.ErrorText;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.xbill.DNS.Name;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.WireParseException;
import org.xbill.DNS.lookup.LookupFailedException;
import org.xbill.DNS.lookup.LookupResult;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;
import org.xbill.DNS.lookup.ServerFailedException;

/** One lookup of SRV records by dnsjava: over UDP, and over TCP if the response was truncated. */
final class SrvLookup {
    /** How long to wait for one nameserver before asking the next. */
    private static final Duration PER_SERVER = Duration.ofSeconds(2);

    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final String name;
    private final CompletableFuture<SrvAnswer> answer;
    private final long begun = System.nanoTime();

    private SrvLookup(String name, CompletableFuture<SrvAnswer> answer) {
        this.name = name;
        this.answer = answer;
    }

    /** Asks the nameservers in turn, each of them twice, until one responds. */
    static SrvLookup begin(String name, List<InetSocketAddress> nameservers) {
        SrvAnswer nobody = SrvAnswer.inconclusive(name, "no nameserver is known");
        if (nameservers.isEmpty()) {
            return new SrvLookup(name, CompletableFuture.completedFuture(nobody));
        }
        // UDP loses packets: each nameserver is asked twice.
        List<InetSocketAddress> twice =
                Stream.concat(nameservers.stream(), nameservers.stream()).toList();
        try {
            return new SrvLookup(name, ask(name, Name.fromString(name + "."), twice, nobody));
        } catch (TextParseException e) {
            throw new IllegalStateException("checked when the source was made", e);
        }
    }

    private static CompletableFuture<SrvAnswer> ask(
            String name, Name absolute, List<InetSocketAddress> nameservers, SrvAnswer before) {
        if (nameservers.isEmpty()) {
            return CompletableFuture.completedFuture(before);
        }
        InetSocketAddress nameserver = nameservers.get(0);
        SimpleResolver resolver = new SimpleResolver(nameserver);
        resolver.setTimeout(PER_SERVER);
        CompletableFuture<LookupResult> lookup;
        try {
            lookup = LookupSession.builder()
                    .resolver(resolver)
                    .build()
                    .lookupAsync(absolute, Type.SRV)
                    .toCompletableFuture();
        } catch (RuntimeException e) { // only this nameserver failed: ask the next
            lookup = CompletableFuture.failedFuture(e);
        }
        return lookup.handle((result, failure) ->
                        failure == null ? SrvAnswer.of(name, targets(result)) : failed(name, nameserver, failure))
                .thenCompose(answer -> answer.isInconclusive()
                        ? ask(name, absolute, nameservers.subList(1, nameservers.size()), answer)
                        : CompletableFuture.completedFuture(answer));
    }

    private static List<SrvTarget> targets(LookupResult result) {
        return result.getRecords().stream()
                .filter(SRVRecord.class::isInstance)
                .map(SRVRecord.class::cast)
                .map(srv -> new SrvTarget(
                        srv.getPriority(),
                        srv.getWeight(),
                        srv.getPort(),
                        srv.getTarget().equals(Name.root) ? "" : srv.getTarget().toString(true)))
                .toList();
    }

    private static SrvAnswer failed(String name, InetSocketAddress nameserver, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof NoSuchDomainException) {
            return SrvAnswer.notFound(name, "the name does not exist (NXDOMAIN)");
        }
        if (cause instanceof NoSuchRRSetException) {
            return SrvAnswer.of(name, List.of());
        }
        String server = "the nameserver " + nameserver.getAddress().getHostAddress() + " port " + nameserver.getPort();
        if (cause instanceof LookupFailedException) {
            String code = cause instanceof ServerFailedException ? "SERVFAIL" : ErrorText.of(cause);
            return SrvAnswer.inconclusive(name, server + " failed (" + code + ")");
        }
        if (cause instanceof WireParseException) {
            return SrvAnswer.inconclusive(name, server + " sent a malformed response");
        }
        return ErrorText.of(cause).toLowerCase(Locale.ROOT).contains("timed out")
                ? SrvAnswer.inconclusive(name, server + " did not answer within " + PER_SERVER.toSeconds() + " s")
                : SrvAnswer.inconclusive(
                        name, server + " can't be reached (" + cause.getClass().getSimpleName() + ")");
    }

    /** Waits for the result, until at most five seconds after the start. */
    SrvAnswer await() throws InterruptedException {
        try {
            return answer.get(LONGEST.toNanos() - (System.nanoTime() - begun), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return SrvAnswer.inconclusive(name, "no nameserver answered within " + LONGEST.toSeconds() + " s");
        } catch (ExecutionException e) {
            return SrvAnswer.inconclusive(name, ErrorText.of(e));
        }
    }
}
