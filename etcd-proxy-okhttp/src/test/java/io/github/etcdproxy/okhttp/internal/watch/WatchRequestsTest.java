package io.github.etcdproxy.okhttp.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchRequestsTest {

    @ParameterizedTest
    @CsvSource({
        // method, path -> is a watch, can go on at another member
        "GET, /v2/keys/a?wait=true, true, true",
        "GET, /v2/keys?wait=true, true, true",
        "GET, /v2/keys/?wait=true, true, true",
        "GET, /v2/keys/a?recursive=true&wait=1, true, true",
        "GET, /v2/keys/a?stream=true, false, false",
        "GET, /v2/keys/a, false, false",
        "GET, /v2/keyspace?wait=true, false, false",
        "GET, /v2/members?wait=true, false, false",
        "GET, /v3/v2/keys?wait=true, false, false",
        "HEAD, /v2/keys/a?wait=true, false, false",
        "PUT, /v2/keys/a?wait=true, false, false",
        "POST, /v2/keys/a?wait=true, false, false",
        "POST, /v3/watch, true, true",
        "POST, /v3beta/watch, true, true",
        "POST, /v3alpha/watch, true, true",
        "POST, /v3/watch?x=y, true, true",
        "POST, /v3/watch/, false, false",
        "POST, /v3/watcher, false, false",
        "POST, /v2/watch, false, false",
        "POST, /watch, false, false",
        "GET, /v3/watch, false, false",
        "PUT, /v3/watch, false, false",
        "POST, /v3/election/observe, true, false",
        "POST, /v3/election/campaign, true, false",
        "POST, /v3/election/resign, false, false",
        "POST, /v3/lease/keepalive, true, false",
        "POST, /v3/lease/grant, false, false",
        "POST, /v3/lock/lock, true, false",
        "POST, /v3/lock/unlock, false, false",
        "POST, /v3/kv/range, false, false",
        "POST, /etcdserverpb.Watch/Watch, true, false",
        "POST, /etcdserverpb.Lease/LeaseKeepAlive, true, false",
        "POST, /v3electionpb.Election/Observe, true, false",
        "POST, /v3electionpb.Election/Campaign, true, false",
        "POST, /v3lockpb.Lock/Lock, true, false",
        "POST, /grpc.health.v1.Health/Watch, true, false",
        "POST, /grpc.health.v1.Health/Check, false, false",
        "POST, /etcdserverpb.KV/Range, false, false",
        "POST, /v3lockpb.Lock/Unlock, false, false",
        "GET, /etcdserverpb.Watch/Watch, false, false",
    })
    void watch_isKnownByMethodAndPath(String method, String path, boolean watch, boolean isResumable) {
        Request request = new Request.Builder()
                .url("http://etcd.invalid:2379" + path)
                .method(method, method.startsWith("P") ? RequestBody.EMPTY : null)
                .build();

        assertThat(WatchRequests.isWatch(method, request.url())).isEqualTo(watch);
        assertThat(WatchRequests.isResumable(request)).isEqualTo(isResumable);
    }

    @ParameterizedTest
    @CsvSource({
        "wait=1, true",
        "wait=t, true",
        "wait=T, true",
        "wait=TRUE, true",
        "wait=true, true",
        "wait=True, true",
        "wait=%74rue, true",
        "wait=tRUE, false",
        "wait=yes, false",
        "wait=2, false",
        "wait=0, false",
        "wait=false, false",
        "wait=, false",
        "wait, false",
        "wait=true%20, false",
        "wait=true&wait=false, true",
        "wait=false&wait=true, false",
        "Wait=true, false",
        "awaits=true, false",
        "'', false",
    })
    void isTrue_firstValue_isReadAsInGo(String query, boolean expected) {
        assertThat(WatchRequests.isTrue(HttpUrl.get("http://a/?" + query), "wait"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a/v2/keys, true",
        "http://a/v2/keys/, true",
        "http://a/v2/keys/b/c, true",
        "http://a/v2/keys?b, true",
        "http://a/v2/keys#b, true",
        "https://u:p@a:1/v2/keys/b, true",
        "http://[::1]:1/v2/keys/b, true",
        "http://a/v2/key, false",
        "http://a/v2/keyss, false",
        "http://a/v2/KEYS, false",
        "http://a/x/v2/keys, false",
        "http://a//v2/keys, false",
        "http://a/v3/keys, false",
        "http://a/?/v2/keys, false",
        "http://a/, false",
    })
    void isKeys_pathOfV2Keys_isTrue(String url, boolean expected) {
        assertThat(WatchRequests.isKeys(HttpUrl.get(url))).isEqualTo(expected);
    }
}
