package io.github.etcdproxy.okhttp;

import static io.github.etcdproxy.okhttp.RealEtcd.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.etcdproxy.mode.ProxyMode;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.junit.jupiter.api.Test;

/** Clients that are wrapped more than once, as after a reload of the configuration. */
class WrapAgainTest {
    private static final String OTHER_LISTEN = "http://other.invalid:2379";

    private final OkHttpClient plain = RealEtcd.client()
            .addInterceptor(chain -> chain.proceed(chain.request()))
            .build();

    private static Request get(String listen, String path) {
        return new Request.Builder().url(listen + path).build();
    }

    @Test
    void closedProxy_isReplaced() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1)) {
            OkHttpClient once;
            try (EtcdProxy proxy = cluster.proxy().start()) {
                once = proxy.wrap(plain);
                body(once, RealEtcd.get("/a"), 200);
            }
            OkHttpClient client = plain;
            for (int i = 0; i < 5; i++) {
                try (EtcdProxy proxy = cluster.proxy().start()) {
                    client = proxy.wrap(client);
                    assertThat(body(client, RealEtcd.get("/a"), 200)).isEqualTo("member 0");
                }
            }
            assertThat(client.interceptors()).hasSameSizeAs(once.interceptors());
            assertThat(client.networkInterceptors()).hasSameSizeAs(once.networkInterceptors());
            assertThat(client.dns()).hasSameClassAs(once.dns());
            assertThat(client.socketFactory()).hasSameClassAs(once.socketFactory());
            client.connectionPool().evictAll();
        }
    }

    @Test
    void replacedProxy_leavesOtherCallsAsTheyWere() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1)) {
            EtcdProxy old = cluster.proxy().start();
            OkHttpClient client = old.wrap(plain);
            old.close();
            try (EtcdProxy proxy = cluster.proxy().start()) {
                OkHttpClient again = proxy.wrap(client)
                        .newBuilder()
                        .addInterceptor(chain -> {
                            assertThat(chain.getDns()).isSameAs(plain.dns());
                            assertThat(chain.getSocketFactory()).isSameAs(plain.socketFactory());
                            return chain.proceed(chain.request());
                        })
                        .build();
                body(again, get(cluster.memberUrl(0), "/a"), 200);
            }
            client.connectionPool().evictAll();
        }
    }

    @Test
    void closedProxyAmongOpenOnes_isRemoved() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                EtcdProxy open = cluster.proxy().listenClientUrls(OTHER_LISTEN).start()) {
            EtcdProxy old = cluster.proxy().start();
            OkHttpClient client = old.wrap(open.wrap(plain));
            old.close();

            try (EtcdProxy proxy = cluster.proxy().start()) {
                OkHttpClient both = proxy.wrap(client);
                body(both, RealEtcd.get("/a"), 200);
                body(both, get(OTHER_LISTEN, "/a"), 200);
            }
            OkHttpClient own = open.wrap(client);
            body(own, get(OTHER_LISTEN, "/a"), 200);
            assertThat(own.interceptors()).hasSameSizeAs(open.wrap(plain).interceptors());
            client.connectionPool().evictAll();
        }
    }

    @Test
    void wrappingTwice_hasNoEffect() {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                EtcdProxy proxy = cluster.proxy().start()) {
            OkHttpClient client = proxy.wrap(plain);
            assertThat(proxy.wrap(client)).isSameAs(client);
        }
    }

    @Test
    void closedProxy_doesNotWrap() {
        for (ProxyMode mode : ProxyMode.values()) {
            try (ScriptedCluster cluster = new ScriptedCluster(1)) {
                EtcdProxy proxy = cluster.proxy().mode(mode).start();
                proxy.close();
                assertThatThrownBy(() -> proxy.wrap(plain))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("this proxy has been closed: wrap the client by a proxy that is open");
            }
        }
    }

    @Test
    void openProxiesWithSameListenUrl_areRefused() throws Exception {
        try (ScriptedCluster cluster = new ScriptedCluster(1);
                EtcdProxy same = cluster.proxy()
                        .listenClientUrls(RealEtcd.LISTEN, "http://LOCALHOST:2379")
                        .start();
                EtcdProxy other = cluster.proxy().start()) {
            EtcdProxy first = cluster.proxy()
                    .listenClientUrls(OTHER_LISTEN, "http://0.0.0.0:2379")
                    .start();
            OkHttpClient client = first.wrap(plain);
            try (first) {
                assertThatThrownBy(() -> same.wrap(client))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("listen-client-urls: another open proxy in this client forwards"
                                + " http://localhost:2379 already: close that one first, or wrap the client that it"
                                + " was given");
                OkHttpClient both = other.wrap(client);
                body(both, RealEtcd.get("/a"), 200);
                body(both, get(OTHER_LISTEN, "/a"), 200);
            }
            body(same.wrap(client), RealEtcd.get("/a"), 200);
            client.connectionPool().evictAll();
        }
    }
}
