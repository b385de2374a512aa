package io.github.etcdproxy.examples.harness;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same on real etcd. */
class GreetingIT {
    @RegisterExtension
    static final EtcdProxyExtension etcd = EtcdProxyExtension.realEtcd(1);

    @Test
    void isKeptByRealEtcd() throws Exception {
        Greeting greeting = new Greeting(etcd.client(), EtcdProxyExtension.URL);
        greeting.change("hello");

        assertThat(greeting.read()).contains("\"value\":\"hello\"");
        assertThat(etcd.proxy().status().isReady()).isTrue();
    }
}
