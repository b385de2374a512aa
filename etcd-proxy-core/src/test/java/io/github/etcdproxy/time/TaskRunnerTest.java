package io.github.etcdproxy.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class TaskRunnerTest {
    private final VirtualTime time = new VirtualTime();
    private final List<String> run = new ArrayList<>();

    private static Throwable thrown(Class<? extends Throwable> type) throws ReflectiveOperationException {
        return type.getConstructor().newInstance();
    }

    /** Throws anything where nothing is declared. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E unchecked(Throwable any) throws E {
        throw (E) any;
    }

    @ParameterizedTest
    @ValueSource(classes = {RejectedExecutionException.class, OutOfMemoryError.class})
    void execute_executorRefuses_laterTasksRun(Class<? extends Throwable> refusal) throws Exception {
        List<Throwable> refusals = new ArrayList<>(List.of(thrown(refusal), thrown(refusal)));
        TaskRunner tasks = new TaskRunner(
                time,
                time,
                task -> {
                    if (!refusals.isEmpty()) {
                        throw TaskRunnerTest.<RuntimeException>unchecked(refusals.remove(0));
                    }
                    task.run();
                },
                new Random(1));

        List<Boolean> taken = new ArrayList<>();
        for (String task : List.of("first", "second", "third")) {
            // An OutOfMemoryError that got out would end JUnit itself.
            assertThatCode(() -> taken.add(tasks.execute(() -> run.add(task)))).doesNotThrowAnyException();
        }
        assertThat(taken).containsExactly(false, false, true);
        assertThat(run).containsExactly("third");
    }

    @Test
    void execute_executorsOtherFailures_areItsOwn() {
        TaskRunner tasks = new TaskRunner(
                time,
                time,
                task -> {
                    throw new IllegalStateException("a bug");
                },
                new Random(1));

        assertThatThrownBy(() -> tasks.execute(() -> {})).hasMessage("a bug");
    }

    @Test
    void schedule_refused_isCancelledAndLaterTasksRun() {
        List<RuntimeException> refusals = new ArrayList<>(List.of(new RejectedExecutionException("shut down")));
        TaskRunner tasks = new TaskRunner(
                time,
                (task, delay) -> {
                    if (!refusals.isEmpty()) {
                        throw refusals.remove(0);
                    }
                    return time.schedule(task, delay);
                },
                Runnable::run,
                new Random(1));

        Future<?> refused = tasks.schedule(() -> run.add("first"), Duration.ofSeconds(1));
        Future<?> later = tasks.schedule(() -> run.add("second"), Duration.ofSeconds(1));
        time.advance(Duration.ofSeconds(1));

        assertThat(refused.isCancelled()).isTrue();
        assertThat(later.isDone()).isTrue();
        assertThat(run).containsExactly("second");
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, AssertionError.class, IllegalStateException.class})
    void ownThreads_taskThrows_laterTasksRun(Class<? extends Throwable> type) throws Exception {
        Throwable thrown = thrown(type);
        CountDownLatch began = new CountDownLatch(2);
        try (TaskRunner tasks = TaskRunner.start()) {
            Runnable failing = () -> {
                Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> {}); // no noise
                began.countDown();
                throw TaskRunnerTest.<RuntimeException>unchecked(thrown);
            };
            assertThat(tasks.execute(failing)).isTrue();
            Future<?> scheduled = tasks.schedule(failing, Duration.ZERO);
            assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(scheduled::get).hasCause(thrown);

            CompletableFuture<Thread> io = new CompletableFuture<>();
            CompletableFuture<Thread> timer = new CompletableFuture<>();
            assertThat(tasks.execute(() -> io.complete(Thread.currentThread()))).isTrue();
            Future<?> unused = tasks.schedule(() -> timer.complete(Thread.currentThread()), Duration.ofMillis(1));
            assertThat(io.get(10, TimeUnit.SECONDS).getName()).matches("etcd-proxy-\\d+-io");
            assertThat(timer.get(10, TimeUnit.SECONDS).getName()).matches("etcd-proxy-\\d+-timer");
        }
    }

    @Test
    void ownThreads_blockedTask_delaysNoOther() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        try (TaskRunner tasks = TaskRunner.start()) {
            for (int i = 0; i < 5; i++) {
                assertThat(tasks.execute(() -> awaitQuietly(released))).isTrue();
            }
            CompletableFuture<Boolean> daemon = new CompletableFuture<>();
            assertThat(tasks.execute(
                            () -> daemon.complete(Thread.currentThread().isDaemon())))
                    .isTrue();

            assertThat(daemon.get(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            released.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void close_ownThreads_endAndRefuseTasks() throws Exception {
        TaskRunner tasks = TaskRunner.start();
        CompletableFuture<Thread> io = new CompletableFuture<>();
        CompletableFuture<Thread> timer = new CompletableFuture<>();
        assertThat(tasks.execute(() -> {
                    io.complete(Thread.currentThread());
                    awaitQuietly(new CountDownLatch(1)); // until it is interrupted
                }))
                .isTrue();
        Future<?> unused = tasks.schedule(() -> timer.complete(Thread.currentThread()), Duration.ZERO);
        io.get(10, TimeUnit.SECONDS);
        timer.get(10, TimeUnit.SECONDS);
        tasks.close();
        tasks.close();

        assertThat(io.get().isAlive()).isFalse();
        assertThat(timer.get().isAlive()).isFalse();
        assertThat(tasks.execute(() -> run.add("late"))).isFalse();
        assertThat(tasks.schedule(() -> run.add("late"), Duration.ZERO).isCancelled())
                .isTrue();
        assertThat(run).isEmpty();
    }

    @Test
    void close_ownThread_isNotInterruptedByThat() throws Exception {
        TaskRunner tasks = TaskRunner.start();
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        assertThat(tasks.execute(() -> {
                    tasks.close();
                    interrupted.complete(Thread.currentThread().isInterrupted());
                }))
                .isTrue();

        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void close_callersTimer_staysOpen() throws Exception {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            TaskRunner tasks = TaskRunner.start(Optional.of(timer), Optional.empty());
            CompletableFuture<String> thread = new CompletableFuture<>();
            Future<?> unused =
                    tasks.schedule(() -> thread.complete(Thread.currentThread().getName()), Duration.ZERO);
            assertThat(thread.get(10, TimeUnit.SECONDS)).doesNotStartWith("etcd-proxy-");
            tasks.close();

            assertThat(timer.isShutdown()).isFalse();
            assertThat(tasks.execute(() -> {})).isFalse(); // its own threads for I/O have ended
        } finally {
            timer.shutdownNow();
        }
    }
}
