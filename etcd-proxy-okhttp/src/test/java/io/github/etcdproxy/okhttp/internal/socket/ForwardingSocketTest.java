package io.github.etcdproxy.okhttp.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Arrays;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** A forwarding socket must override every method, since its own socket is never connected. */
class ForwardingSocketTest {

    @Test
    void everyMethodIsForwarded() {
        assertThat(Arrays.stream(Socket.class.getDeclaredMethods())
                        .filter(method ->
                                Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers()))
                        .filter(method -> !isOverridden(method)))
                .isEmpty();
    }

    private static boolean isOverridden(Method method) {
        try {
            return ForwardingSocket.class
                            .getDeclaredMethod(method.getName(), method.getParameterTypes())
                            .getDeclaringClass()
                    == ForwardingSocket.class;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    @Test
    void memberSocket_keepsItselfAlive() throws IOException {
        Socket beneath = new Socket();
        try (MemberSocket socket = new MemberSocket(beneath, Duration.ofSeconds(1), new RawSockets())) {
            assertThat(beneath.getKeepAlive()).isTrue();
            assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            for (SocketOption<?> option : beneath.supportedOptions()) {
                if (option.name().equals("TCP_KEEPIDLE")) {
                    assertThat(beneath.getOption(option)).isEqualTo(30);
                }
            }
        }
        assertThat(beneath.isClosed()).isTrue();
    }

    @Test
    void memberSocket_dialsNoLongerThanItMay() throws IOException {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket one = new Socket(full.getInetAddress(), full.getLocalPort());
                Socket two = new Socket(full.getInetAddress(), full.getLocalPort());
                MemberSocket socket = new MemberSocket(new Socket(), Duration.ofMillis(50), new RawSockets())) {
            assertThat(one.isConnected() && two.isConnected()).isTrue();
            InetSocketAddress address = new InetSocketAddress(full.getInetAddress(), full.getLocalPort());

            Assertions.assertThatThrownBy(() -> socket.connect(address, 0)).isInstanceOf(SocketTimeoutException.class);
        }
    }
}
