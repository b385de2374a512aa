package io.github.etcdproxy.examples.recipes.programs;

import io.github.etcdproxy.discovery.PeerDiscovery;
import io.github.etcdproxy.okhttp.EtcdProxy;
import okhttp3.OkHttpClient;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Spring Boot: the proxy, a client and a health indicator as beans. Spring closes the proxy. */
@Configuration(proxyBeanMethods = false)
class SpringProgram {
    @Bean
    EtcdProxy etcdProxy(@Value("${etcd.url}") String url, @Value("${etcd.initial-cluster}") String initialCluster) {
        return EtcdProxy.builder()
                .listenClientUrls(url)
                .discovery(PeerDiscovery.initialCluster(initialCluster))
                .start();
    }

    @Bean
    OkHttpClient etcdClient(EtcdProxy proxy) {
        return proxy.wrap(new OkHttpClient());
    }

    @Bean
    HealthIndicator etcdHealth(EtcdProxy proxy) {
        return () -> proxy.status()
                .problem()
                .map(problem -> Health.down().withDetail("problem", problem))
                .orElseGet(Health::up)
                .build();
    }

    public static void main(String[] args) {
        SpringApplication.run(SpringProgram.class, args);
    }
}
