package io.github.etcdproxy.okhttp;

import io.github.etcdproxy.options.OptionsBuilder;
import io.github.etcdproxy.options.ProxyOptions;

/** Builds options without a proxy. */
public final class TestOptions extends OptionsBuilder<TestOptions> {
    private TestOptions() {}

    public static TestOptions builder() {
        return new TestOptions();
    }

    public ProxyOptions build() {
        return buildOptions();
    }

    @Override
    protected TestOptions self() {
        return this;
    }
}
