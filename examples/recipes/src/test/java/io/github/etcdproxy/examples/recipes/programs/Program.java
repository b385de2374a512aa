package io.github.etcdproxy.examples.recipes.programs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.etcdproxy.examples.cluster.EtcdCluster;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

/** A main method. */
interface Program {
    void run(String[] args) throws Exception;

    /** Runs it, and returns what it prints. */
    default String outputOn(EtcdCluster cluster) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        System.setOut(new PrintStream(output, true, UTF_8));
        try {
            run(new String[] {cluster.initialCluster()});
        } finally {
            System.setOut(before);
        }
        return output.toString(UTF_8);
    }
}
