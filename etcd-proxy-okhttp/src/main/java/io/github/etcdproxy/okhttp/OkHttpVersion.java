package io.github.etcdproxy.okhttp;

import java.security.CodeSource;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;

/** Detects an OkHttp that is too old, instead of failing with a NoSuchMethodError in the middle of a call. */
final class OkHttpVersion {

    private OkHttpVersion() {}

    static void require() {
        try {
            // The newest method that this module calls; it came with 5.4.
            Interceptor.Chain.class.getMethod("withRetryOnConnectionFailure", boolean.class);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(
                    "etcd-proxy needs OkHttp 5.4 or newer, but OkHttp " + version() + " comes first on the class path ("
                            + location() + "): import com.squareup.okhttp3:okhttp-bom 5.4 or newer, and use okhttp-jvm",
                    e);
        }
    }

    private static String version() {
        try {
            // Read at run time, since the compiler would inline the constant.
            return (String) Class.forName("okhttp3.OkHttp").getField("VERSION").get(null);
        } catch (ReflectiveOperationException e) {
            return "of an unknown version";
        }
    }

    private static String location() {
        CodeSource source = OkHttpClient.class.getProtectionDomain().getCodeSource();
        return source == null ? "place unknown" : String.valueOf(source.getLocation());
    }
}
