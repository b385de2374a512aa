package io.github.etcdproxy.internal.refresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.discovery.Peers;
import io.github.etcdproxy.event.DiscoveredPeers;
import io.github.etcdproxy.event.EtcdProxyListener;
import io.github.etcdproxy.net.EtcdUrl;
import io.github.etcdproxy.options.ProxyOptions;
import io.github.etcdproxy.options.TestOptions;
import io.github.etcdproxy.time.TaskRunner;
import io.github.etcdproxy.time.VirtualTime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A source that answers by a script, and is run when the test says so. */
class PeerLookupTest {
    private static final Peers X = Peers.of(List.of(EtcdUrl.of("http://x:2380")));
    private static final Peers Y = Peers.of(List.of(EtcdUrl.of("http://y:2380")));

    private final VirtualTime time = new VirtualTime();
    private final Deque<Runnable> executed = new ArrayDeque<>();
    private final Deque<PeerDiscovery> answers = new ArrayDeque<>();
    private final List<List<EtcdUrl>> heard = new ArrayList<>();
    private final AtomicInteger foundLate = new AtomicInteger();
    private final PeerLookup lookup = lookup(new TaskRunner(time, time, executed::add, new Random(1)));

    private PeerLookup lookup(TaskRunner tasks) {
        ProxyOptions options = TestOptions.builder()
                .listenClientUrls("http://localhost:2379")
                .discovery(context -> answers.remove().discover(context))
                .listener(new EtcdProxyListener() {
                    @Override
                    public void peersDiscovered(DiscoveredPeers event) {
                        heard.add(event.urls());
                    }
                })
                .build();
        return new PeerLookup(
                options,
                request -> {
                    throw new IOException("no network");
                },
                tasks,
                foundLate::incrementAndGet);
    }

    private void answers(Peers peers) {
        answers.add(context -> peers);
    }

    private void fails(String reason) {
        answers.add(context -> {
            throw new IOException(reason);
        });
    }

    private void assertStillAsked() {
        assertThatThrownBy(lookup::findWithoutWaiting)
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("the source is being asked for others");
    }

    @Test
    void find_sourceAnswers_isReported() throws Exception {
        answers(X);

        assertThat(lookup.find()).isEqualTo(X);
        assertThat(heard).containsExactly(X.urls());
        assertThat(lookup.waitingFor()).isNull();
        assertThat(executed).isEmpty();
    }

    @Test
    void find_sourceFails_isAskedAgainWhenDue() throws Exception {
        fails("away");
        answers(X);
        assertThatThrownBy(lookup::find).hasMessage("away");

        time.advance(Duration.ofMillis(999));
        assertThatThrownBy(lookup::find).hasMessage("away");
        assertThat(answers).hasSize(1); // it was not asked
        time.advance(Duration.ofMillis(1));
        assertThat(lookup.find()).isEqualTo(X);
    }

    @Test
    void find_interrupted_isRethrownAndPostponed() {
        answers.add(context -> {
            throw new InterruptedException();
        });
        assertThatThrownBy(lookup::find).isInstanceOf(InterruptedException.class);

        assertThatThrownBy(lookup::find)
                .isInstanceOf(IOException.class)
                .hasMessage("the source of peers was interrupted");
    }

    @Test
    void find_afterClose_tellsNobody() throws Exception {
        lookup.close();
        answers(X);

        assertThat(lookup.find()).isEqualTo(X);
        assertThat(heard).isEmpty();
    }

    @Test
    void waitingFor_whileAsked_isTheSourcesOwnWords() throws Exception {
        List<String> seen = new ArrayList<>();
        answers.add(context -> {
            seen.add(lookup.waitingFor());
            context.waitingFor().accept("1 of 3 members");
            seen.add(lookup.waitingFor());
            return X;
        });
        assertThat(lookup.find()).isEqualTo(X);

        assertThat(seen).containsExactly("a response of a source of the application's", "1 of 3 members");
        assertThat(lookup.waitingFor()).isNull();
    }

    @Test
    void findWithoutWaiting_answerBetweenRounds_isThereOnce() throws Exception {
        answers(X);
        assertStillAsked();
        executed.remove().run();

        assertThat(lookup.findWithoutWaiting()).contains(X);
        assertThat(lookup.findWithoutWaiting()).isEmpty(); // a short while ago, with no use
        assertThat(executed).isEmpty();
    }

    @Test
    void findWithoutWaiting_executorAtOnce_answersAtOnce() throws Exception {
        PeerLookup direct = lookup(time.tasks());
        answers(X);

        assertThat(direct.findWithoutWaiting()).contains(X);
        assertThat(foundLate).hasValue(0); // no round had ended
    }

    @Test
    void findWithoutWaiting_manyRounds_askOnce() {
        answers(X);
        for (int i = 0; i < 5; i++) {
            assertStillAsked();
        }
        assertThat(executed).hasSize(1);

        executed.remove().run();
        assertThat(foundLate).hasValue(1);
    }

    @Test
    void findWithoutWaiting_blockedSource_saysWhatItWaitsFor() {
        answers.add(context -> {
            context.waitingFor().accept("1 of 3 members");
            assertThatThrownBy(lookup::findWithoutWaiting)
                    .hasMessage("the source is being asked for others; waiting: 1 of 3 members");
            return X;
        });
        assertStillAsked();
        executed.remove().run();

        assertThat(answers).isEmpty();
        assertThat(foundLate).hasValue(1);
    }

    @Test
    void findWithoutWaiting_sourceFails_isAskedAgainWhenDue() throws Exception {
        fails("away");
        answers(X);
        assertStillAsked();
        executed.remove().run();
        assertThatThrownBy(lookup::findWithoutWaiting)
                .isInstanceOf(IOException.class)
                .hasMessage("away");

        time.advance(Duration.ofMillis(999));
        assertThat(lookup.findWithoutWaiting()).isEmpty();
        time.advance(Duration.ofMillis(1));
        assertStillAsked();
        executed.remove().run();
        assertThat(lookup.findWithoutWaiting()).contains(X);
    }

    @Test
    void findWithoutWaiting_sourceThrowsError_isAFailure() {
        answers.add(context -> {
            throw new AssertionError("a bug");
        });
        assertStillAsked();
        executed.remove().run();

        assertThatThrownBy(lookup::findWithoutWaiting)
                .isInstanceOf(IOException.class)
                .hasMessage("the source threw AssertionError: a bug");
    }

    @Test
    void findWithoutWaiting_answerFromBeforeSuccess_isAskedForAgain() throws Exception {
        answers(X);
        answers(Y);
        assertStillAsked();
        lookup.succeeded();
        executed.remove().run();

        assertStillAsked(); // what it found belongs to the last outage
        executed.remove().run();
        assertThat(lookup.findWithoutWaiting()).contains(Y);
    }

    @Test
    void findWithoutWaiting_blockedSinceBeforeSuccess_isNotAskedTwice() {
        answers(X);
        assertStillAsked();
        lookup.succeeded();

        assertStillAsked();
        assertThat(executed).hasSize(1);
    }

    @Test
    void findWithoutWaiting_executorRefuses_saysSo() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        PeerLookup refused = lookup(new TaskRunner(
                time,
                time,
                task -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new RejectedExecutionException("shut down");
                    }
                    task.run();
                },
                new Random(1)));
        answers(X);
        assertThatThrownBy(refused::findWithoutWaiting)
                .isInstanceOf(IOException.class)
                .hasMessage("the source can't be asked for others: the executor rejects tasks");

        assertThat(refused.findWithoutWaiting()).contains(X);
    }
}
