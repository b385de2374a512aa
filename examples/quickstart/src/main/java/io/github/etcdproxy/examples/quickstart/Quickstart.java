package io.github.etcdproxy.examples.quickstart;

import io.github.etcdproxy.examples.cluster.EtcdBinary;
import io.github.etcdproxy.examples.cluster.InProcessCluster;
import io.github.etcdproxy.examples.cluster.ProcessCluster;
import java.io.PrintStream;
import java.util.List;

/** The program: reads the command line, brings up the cluster that it asks for, and goes on the {@link Tour}. */
public final class Quickstart {
    private static final int MEMBERS = 3;

    private Quickstart() {}

    /**
     * Runs the program and ends the JVM with its exit code.
     *
     * @param args the command line
     */
    @SuppressWarnings("SystemExitOutsideMain") // this is main
    public static void main(String[] args) {
        System.exit(run(List.of(args), System.out));
    }

    static int run(List<String> args, PrintStream out) {
        Arguments arguments;
        try {
            arguments = Arguments.parse(args);
        } catch (IllegalArgumentException e) {
            out.println(e.getMessage() + "\n\n" + Arguments.HELP);
            return 2;
        }
        if (arguments.help()) {
            out.print(Arguments.HELP);
            return 0;
        }
        out.println("etcd-proxy quickstart\n\nThe application calls " + Tour.LISTEN
                + ", where nothing listens: the name can't even be resolved.\n");
        try {
            tour(arguments, out);
            out.println("All steps succeeded.");
            return 0;
        } catch (Exception e) {
            // Any failure is printed and gives a non-zero exit code.
            out.println("\nFAILED: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
            return 1;
        }
    }

    private static void tour(Arguments arguments, PrintStream out) throws Exception {
        if (arguments.initialCluster().isPresent()) {
            out.println("1  The cluster that is running already\n     "
                    + arguments.initialCluster().get());
            Tour.ofRunningCluster(out, arguments.initialCluster().get());
        } else if (arguments.etcd()) {
            EtcdBinary etcd = EtcdBinary.onPath()
                    .orElseThrow(() -> new IllegalStateException("--etcd: no etcd on the PATH: install it (Debian and"
                            + " Ubuntu: apt-get install etcd-server), or leave --etcd out"));
            out.println("1  Three real members, etcd " + etcd.version() + " (starting takes some seconds)");
            try (ProcessCluster cluster = ProcessCluster.start(etcd, MEMBERS)) {
                Tour.ofOwnCluster(out, cluster);
            }
        } else {
            out.println("1  Three members inside this process");
            try (InProcessCluster cluster = InProcessCluster.start(MEMBERS)) {
                Tour.ofOwnCluster(out, cluster);
            }
        }
    }
}
