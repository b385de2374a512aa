import org.jspecify.annotations.NullMarked;

/**
 * etcd's proxy mode around an {@code OkHttpClient}. Start at {@link io.github.etcdproxy.okhttp.EtcdProxy}.
 */
@NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // moshi and okio have no module-info
module io.github.etcdproxy.okhttp {
    requires transitive io.github.etcdproxy.core;
    requires transitive okhttp3;
    requires com.squareup.moshi;
    requires okio;
    requires org.slf4j;
    requires static com.google.errorprone.annotations;
    requires static org.jspecify;

    exports io.github.etcdproxy.okhttp;
}
