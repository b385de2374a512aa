package io.github.etcdproxy.mode;

/**
 * What a proxy does with a request to one of its listen client URLs: the values of etcd's {@code --proxy}.
 *
 * @since 0.1
 */
public enum ProxyMode {
    /** {@code off}: nothing is discovered and nothing is forwarded; calls go to their own URLs. */
    OFF("off"),
    /** {@code on}: reads and writes are forwarded to a member. */
    ON("on"),
    /** {@code readonly}: reads are forwarded, everything else is answered with 501. */
    READONLY("readonly");

    private final String flag;

    ProxyMode(String flag) {
        this.flag = flag;
    }

    /**
     * The mode for a value of {@code --proxy}.
     *
     * @param flag {@code off}, {@code on} or {@code readonly}
     * @return the mode
     * @throws IllegalArgumentException for any other value
     */
    public static ProxyMode of(String flag) {
        for (ProxyMode mode : values()) {
            if (mode.flag.equals(flag)) {
                return mode;
            }
        }
        throw new IllegalArgumentException("proxy: \"" + flag + "\": write off, on or readonly");
    }

    /** The value of {@code --proxy}. */
    @Override
    public String toString() {
        return flag;
    }
}
