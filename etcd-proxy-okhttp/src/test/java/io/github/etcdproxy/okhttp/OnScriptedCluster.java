package io.github.etcdproxy.okhttp;

import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;

/** Gives each test three scripted members and a client of its own, to be wrapped. */
abstract class OnScriptedCluster {
    final ScriptedCluster cluster = new ScriptedCluster(3);
    final OkHttpClient plain = new OkHttpClient();

    @AfterEach
    void stopCluster() {
        plain.connectionPool().evictAll();
        cluster.close();
    }
}
