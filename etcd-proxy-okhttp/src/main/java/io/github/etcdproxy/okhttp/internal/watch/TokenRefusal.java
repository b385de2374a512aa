package io.github.etcdproxy.okhttp.internal.watch;

import io.github.etcdproxy.internal.json.JsonText;

/**
 * A member's refusal of the token of a watch of the v3 gateway: a message of a watch that was created and canceled at
 * once, without an id (server/etcdserver/api/v3rpc/watch.go, etcd 3.5; the same on 3.4.23), or a 401.
 *
 * @param message the message; empty if there is none
 * @param reason etcd's words
 */
record TokenRefusal(String message, String reason) {

    /** The message by which a watch ends that etcd has not created yet. */
    String ofNewWatch() {
        return message.isEmpty() ? ofWatch("", "") : message;
    }

    /** The message by which a watch ends that the caller knows by an id; etcd omits an id of 0. */
    String ofWatch(String id, String cluster) {
        return JsonText.object(json -> {
                    json.name("result").beginObject();
                    json.name("header").beginObject();
                    if (!cluster.isEmpty()) {
                        json.name("cluster_id").value(cluster);
                    }
                    json.endObject();
                    if (!id.isEmpty()) {
                        json.name("watch_id").value(id);
                    }
                    json.name("canceled").value(true);
                    json.name("cancel_reason").value(reason).endObject();
                })
                + "\n";
    }
}
