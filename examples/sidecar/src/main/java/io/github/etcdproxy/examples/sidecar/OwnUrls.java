package io.github.etcdproxy.examples.sidecar;

import io.github.etcdproxy.net.EtcdUrl;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;

/**
 * The URLs at which the sidecar itself listens. If a member advertises one by mistake, it is not used, since requests
 * would loop. Immutable.
 */
record OwnUrls(List<EtcdUrl> listen) {

    boolean contains(EtcdUrl advertised) {
        return listen.stream().anyMatch(own -> own.port() == advertised.port() && isSameHost(own, advertised));
    }

    private static boolean isSameHost(EtcdUrl own, EtcdUrl advertised) {
        if (own.host().equals(advertised.host())) {
            return true;
        }
        try {
            List<InetAddress> theirs = List.of(InetAddress.getAllByName(advertised.host()));
            if (own.hasWildcardHost()) {
                return theirs.stream().anyMatch(OwnUrls::isOfThisMachine);
            }
            return List.of(InetAddress.getAllByName(own.host())).stream().anyMatch(theirs::contains);
        } catch (UnknownHostException e) {
            return false; // a call can't reach it either
        }
    }

    private static boolean isOfThisMachine(InetAddress address) {
        try {
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }
}
