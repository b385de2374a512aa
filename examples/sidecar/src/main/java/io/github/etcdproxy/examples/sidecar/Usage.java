package io.github.etcdproxy.examples.sidecar;

/** The text of {@code --help}. */
final class Usage {
    private Usage() {}

    static String text() {
        return """
                Forwards requests to the members of an etcd cluster, as "etcd --proxy" did up to etcd 3.5.

                  java -jar etcd-proxy-sidecar.jar --proxy on|readonly [flags]
                  java -jar etcd-proxy-sidecar.jar promote --name NAME --peer-url URL [flags]

                Flags are etcd's, with one dash or two; each has a variable, ETCD_LISTEN_CLIENT_URLS for
                --listen-client-urls.

                  --proxy on|readonly           readonly answers 501 to all that could write
                  --listen-client-urls URLS     where to listen; default http://localhost:2379
                  --name NAME                   names the data directory; default "default"
                  --data-dir DIR                where the peers known last are remembered; default NAME.etcd
                  --cors ORIGINS                web pages that may read answers; default *

                How the cluster is found, the first of these that is given:
                  --discovery URL               a discovery token (--discovery-proxy URL to reach it)
                  --discovery-token TOKEN       a token of etcd 3.6, with --discovery-endpoints URLS
                  --discovery-srv DOMAIN        DNS SRV records (--discovery-srv-name NAME)
                  --initial-cluster NAME=URL,…  peer URLs of members
                  (none)                        http://localhost:2380 and http://localhost:7001

                Certificates, in PEM form:
                  --cert-file, --key-file, --trusted-ca-file
                                                for https listen URLs, and towards members
                  --client-cert-auth            clients need one of --trusted-ca-file's
                  --peer-cert-file, --peer-key-file, --peer-trusted-ca-file
                                                towards peers, and towards members where there are no others

                Times, in milliseconds:
                  --proxy-failure-wait 5000     how long a failed member is left alone
                  --proxy-refresh-interval 30000
                                                how often the members are asked for
                  --proxy-dial-timeout 1000     to connect
                  --proxy-write-timeout 5000    for one write of a request's body
                  --proxy-read-timeout 0        for one read; 0 for no bound

                It serves itself: /metrics, /-/healthy, /-/ready, /v2/config/local/proxy
                """;
    }
}
