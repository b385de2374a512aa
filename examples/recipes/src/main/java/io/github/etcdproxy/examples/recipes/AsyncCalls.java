package io.github.etcdproxy.examples.recipes;

import io.github.etcdproxy.okhttp.EtcdProxy;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** OkHttp itself, with many calls at once. */
public final class AsyncCalls {
    private final OkHttpClient client;

    /**
     * Wraps a client for calls that are enqueued.
     *
     * @param proxy where its calls go
     * @param existing not modified, except for its dispatcher, which is shared
     */
    public AsyncCalls(EtcdProxy proxy, OkHttpClient existing) {
        client = proxy.wrap(existing);
        // OkHttp's dispatcher counts hosts by the URL that is called, which is always the listen URL: without this line
        // five calls run at a time, however many members there are. Calls that are executed are not limited. (The
        // dispatcher
        // is the existing client's too; its other hosts get the same limit.)
        client.dispatcher().setMaxRequestsPerHost(client.dispatcher().getMaxRequests());
    }

    /**
     * Sends a request without waiting for it.
     *
     * @param request for the listen URL
     * @return the body of the response, or the failure; canceling it cancels the call
     */
    public CompletableFuture<String> send(Request request) {
        Call sent = client.newCall(request);
        CompletableFuture<String> answer = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                sent.cancel();
                return super.cancel(mayInterrupt);
            }
        };
        sent.enqueue(new Callback() {
            @Override
            public void onResponse(Call call, Response response) {
                try (response) {
                    String body = response.body().string();
                    if (response.isSuccessful()) {
                        answer.complete(body);
                    } else {
                        answer.completeExceptionally(new IOException(response.code() + " " + body));
                    }
                } catch (IOException e) {
                    answer.completeExceptionally(e);
                }
            }

            @Override
            public void onFailure(Call call, IOException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }
}
