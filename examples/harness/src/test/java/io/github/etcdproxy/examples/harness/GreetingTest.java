package io.github.etcdproxy.examples.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdMember;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A test as users of the harness write it, on members in process. */
class GreetingTest {
    @RegisterExtension
    static final EtcdProxyExtension etcd = EtcdProxyExtension.inProcess(3);

    @Test
    void survivesTheLossOfAMember() throws Exception {
        Greeting greeting = new Greeting(etcd.client(), EtcdProxyExtension.URL);
        greeting.change("hello");

        for (EtcdMember member : etcd.cluster().members()) {
            member.kill();
            assertThat(greeting.read()).contains("hello");
            member.restart();
        }
    }
}
