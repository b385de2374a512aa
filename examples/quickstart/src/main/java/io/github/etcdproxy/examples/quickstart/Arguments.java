package io.github.etcdproxy.examples.quickstart;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The command line.
 *
 * @param help whether only the explanation is asked for
 * @param etcd whether to start real etcd processes
 * @param initialCluster the running cluster to use
 */
record Arguments(boolean help, boolean etcd, Optional<String> initialCluster) {
    static final String HELP = """
            Shows etcd-proxy at work: an OkHttpClient, wrapped, calls a URL at which nothing listens and
            reaches a cluster of three members, also while one of them is killed.

            usage: java -jar etcd-proxy-quickstart.jar [--etcd | --initial-cluster NAME=URL,...]

              (no option)               three small members inside this process; nothing else is needed
              --etcd                    three real etcd processes; etcd must be on the PATH
              --initial-cluster LIST    a cluster that is running already, by the peer URLs of some of its
                                        members; nothing is killed there, and the one key that is written,
                                        etcd-proxy-quickstart, is deleted again
              --help                    this text

            exit code: 0 if all steps succeeded, 1 if one failed, 2 for a bad command line
            """;

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if it is malformed
     */
    static Arguments parse(List<String> words) {
        boolean help = false;
        boolean etcd = false;
        String initialCluster = null;
        Iterator<String> rest = words.iterator();
        while (rest.hasNext()) {
            String word = rest.next();
            if (word.equals("--help") || word.equals("-h")) {
                help = true;
            } else if (word.equals("--etcd")) {
                etcd = true;
            } else if (word.startsWith("--initial-cluster=")) {
                initialCluster = word.substring("--initial-cluster=".length());
            } else if (word.equals("--initial-cluster") && rest.hasNext()) {
                initialCluster = rest.next();
            } else if (word.equals("--initial-cluster")) {
                throw new IllegalArgumentException(
                        "--initial-cluster has no value: write --initial-cluster NAME=URL,...");
            } else {
                throw new IllegalArgumentException(
                        word + " is no option of this program: write --etcd, --initial-cluster or --help");
            }
        }
        if (etcd && initialCluster != null) {
            throw new IllegalArgumentException("--etcd and --initial-cluster exclude each other: leave one out");
        }
        return new Arguments(help, etcd, Optional.ofNullable(initialCluster));
    }
}
