package io.github.etcdproxy.okhttp.internal.cancel;

import io.github.etcdproxy.time.TaskRunner;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs a blocking task so that an interrupt of the caller takes effect at once, which a socket read ignores. */
public final class Interruptible {

    private Interruptible() {}

    /** Runs a task on a thread of the task runner, which the caller closes if this throws, and waits for it. */
    public static <T> T call(TaskRunner tasks, Callable<T> task) throws IOException, InterruptedException {
        FutureTask<T> running = new FutureTask<>(task);
        if (!tasks.execute(running)) {
            throw new IOException("no thread is available");
        }
        try {
            return running.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException failure) {
                throw failure;
            }
            if (cause instanceof InterruptedException) {
                throw (InterruptedException) new InterruptedException("ended while waiting").initCause(cause);
            }
            if (cause instanceof RuntimeException bug) {
                throw bug;
            }
            throw new IllegalStateException(cause);
        }
    }
}
