package io.github.etcdproxy.options;

import java.util.Map;

/** Builds options without a proxy. */
public final class TestOptions extends OptionsBuilder<TestOptions> {
    private TestOptions() {}

    public static TestOptions builder() {
        return new TestOptions();
    }

    public static TestOptions fromFlags(String... flags) {
        return from(Map.of(), flags);
    }

    public static TestOptions fromEnvironment(Map<String, String> environment) {
        return from(environment);
    }

    public static TestOptions from(Map<String, String> environment, String... flags) {
        return flagged(new TestOptions(), EtcdFlags.read(environment, flags));
    }

    public ProxyOptions build() {
        return buildOptions();
    }

    @Override
    protected TestOptions self() {
        return this;
    }
}
