/** A program on the module path. One module is enough: it brings those of the core and of OkHttp. */
module io.github.etcdproxy.examples.modular {
    requires io.github.etcdproxy.okhttp;
}
