package io.github.etcdproxy.examples.recipes.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;

/** Runs each program on a real member. */
class ProgramsIT {
    private static ProcessCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = ProcessCluster.start(EtcdBinary.forTest(), 1);
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void retrofit_readsWhatItWrote() throws Exception {
        assertThat(outputOf(RetrofitProgram::main)).isEqualToIgnoringNewLines("hello, Retrofit");
    }

    @Test
    void jsonGateway_readsWhatItWrote() throws Exception {
        assertThat(outputOf(JsonGatewayProgram::main))
                .contains(ByteString.encodeUtf8("hello, gateway").base64());
    }

    @Test
    void grpc_readsWhatItWrote() throws Exception {
        assertThat(outputOf(GrpcProgram::main)).isEqualToIgnoringNewLines("hello, gRPC");
    }

    @Test
    void jetcd_readsWhatItWrote() throws Exception {
        assertThat(outputOf(JetcdProgram::main)).isEqualToIgnoringNewLines("hello, jetcd");
    }

    @Test
    void javaNetHttp_reads() throws Exception {
        assertThat(outputOf(JavaNetHttpProgram::main)).contains("\"etcdserver\":");
    }

    @Test
    void kotlin_watchesWhatItWrote() throws Exception {
        assertThat(outputOf(KotlinProgramKt::main)).contains("hello, Kotlin");
    }

    @Test
    void spring_wiresClientAndHealth() throws Exception {
        String url = "http://etcd.internal:2379";
        try (ConfigurableApplicationContext context = SpringApplication.run(
                SpringProgram.class, "--etcd.url=" + url, "--etcd.initial-cluster=" + cluster.initialCluster())) {
            OkHttpClient client = context.getBean(OkHttpClient.class);
            Request request = new Request.Builder().url(url + "/version").build();
            try (Response response = client.newCall(request).execute()) {
                assertThat(response.code()).isEqualTo(200);
            }
            assertThat(context.getBean(HealthIndicator.class).health())
                    .extracting(Health::getStatus)
                    .isEqualTo(Status.UP);
        }
    }

    private static String outputOf(Program program) throws Exception {
        return program.outputOn(cluster);
    }
}
