package io.github.etcdproxy.internal.readonly;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import okio.Buffer;

/**
 * The condition under which a call of the v3 API is a read. A body counts as a read only if every field is known: if
 * etcd could parse it differently, it is not a read. Pure functions.
 */
enum ReadCondition {
    /** Whatever its body. */
    ALWAYS {
        @Override
        boolean holdsForJson(Supplier<Optional<byte[]>> body) {
            return true;
        }

        @Override
        boolean holdsForGrpc(Supplier<Optional<byte[]>> body) {
            return true;
        }

        @Override
        boolean holds(JsonReader json) {
            return true;
        }

        @Override
        boolean holds(ProtoFields message) {
            return true;
        }
    },
    /** A transaction is a read if its branches contain only ranges and such transactions. */
    ONLY_RANGES {
        @Override
        boolean holds(JsonReader json) throws IOException {
            json.beginObject();
            while (json.hasNext()) {
                String name = json.nextName();
                if (name.equals("compare")) {
                    json.skipValue();
                } else if (!(name.equals("success") || name.equals("failure")) || !areRanges(json)) {
                    return false;
                }
            }
            json.endObject();
            return true;
        }

        private boolean areRanges(JsonReader json) throws IOException {
            if (json.peek() == JsonReader.Token.NULL) {
                json.skipValue();
                return true;
            }
            json.beginArray();
            while (json.hasNext()) {
                json.beginObject();
                while (json.hasNext()) {
                    String name = json.nextName();
                    if (RANGE.contains(name)) {
                        json.skipValue();
                    } else if (!TXN.contains(name) || !holds(json)) {
                        return false;
                    }
                }
                json.endObject();
            }
            json.endArray();
            return true;
        }

        @Override
        boolean holds(ProtoFields txn) {
            boolean ranges = true;
            while (ranges && txn.next()) {
                ranges = txn.isMessage()
                        && switch (txn.number()) {
                            case 1 -> true; // compare
                            case 2, 3 -> isRange(txn.message()); // success, failure
                            default -> false;
                        };
            }
            return ranges && txn.isWhole();
        }

        private boolean isRange(ProtoFields operation) {
            boolean range = true;
            while (range && operation.next()) {
                range = operation.isMessage()
                        && switch (operation.number()) {
                            case 1 -> true; // request_range
                            case 4 -> holds(operation.message()); // request_txn
                            default -> false;
                        };
            }
            return range && operation.isWhole();
        }
    },
    /** An alarm request is a read if its action is GET. */
    ACTION_IS_GET {
        @Override
        boolean holds(JsonReader json) throws IOException {
            return hasAction(json, "GET", ALARM);
        }

        @Override
        boolean holds(ProtoFields message) {
            return hasActionZero(message);
        }
    },
    /** A downgrade request is a read if its action is VALIDATE. */
    ACTION_IS_VALIDATE {
        @Override
        boolean holds(JsonReader json) throws IOException {
            return hasAction(json, "VALIDATE", DOWNGRADE);
        }

        @Override
        boolean holds(ProtoFields message) {
            return hasActionZero(message);
        }
    };

    private static final Set<String> RANGE = Set.of("request_range", "requestRange");
    private static final Set<String> TXN = Set.of("request_txn", "requestTxn");
    private static final Set<String> ALARM = Set.of("memberID", "alarm");
    private static final Set<String> DOWNGRADE = Set.of("version");
    private static final int FRAME_HEAD_BYTES = 5;

    /** Whether a JSON message is a read; the reader's position afterwards is undefined. */
    abstract boolean holds(JsonReader json) throws IOException;

    /** Whether a protobuf message is a read. */
    abstract boolean holds(ProtoFields message);

    /** Whether an empty body is a read. */
    private boolean holdsForNothing() {
        return this == ACTION_IS_GET || this == ACTION_IS_VALIDATE;
    }

    boolean holdsForJson(Supplier<Optional<byte[]>> body) {
        byte[] bytes = body.get().orElse(null);
        if (bytes == null) {
            return false;
        }
        if (new String(bytes, StandardCharsets.ISO_8859_1).strip().isEmpty()) {
            return holdsForNothing(); // the gateway takes no body for an empty message
        }
        try {
            JsonReader json = JsonReader.of(new Buffer().write(bytes));
            return holds(json) && json.peek() == JsonReader.Token.END_DOCUMENT;
        } catch (IOException | JsonDataException e) {
            return false;
        }
    }

    boolean holdsForGrpc(Supplier<Optional<byte[]>> body) {
        byte[] bytes = body.get().orElse(null);
        if (bytes == null || bytes.length < FRAME_HEAD_BYTES) {
            return false;
        }
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        boolean compressed = frame.get() != 0;
        boolean whole = frame.getInt() == frame.remaining(); // exactly one message
        return !compressed && whole && holds(new ProtoFields(frame));
    }

    /** Whether the action, if present, is number 0 and all other fields are known. */
    private static boolean hasAction(JsonReader json, String zero, Set<String> others) throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (others.contains(name)) {
                json.skipValue();
            } else if (!name.equals("action") || !isZero(json, zero)) {
                return false;
            }
        }
        json.endObject();
        return true;
    }

    /** Whether an enum's value is its first, by name or by number. */
    private static boolean isZero(JsonReader json, String zero) throws IOException {
        return switch (json.peek()) {
            case STRING -> json.nextString().equals(zero);
            case NUMBER -> json.nextString().equals("0");
            default -> false;
        };
    }

    private static boolean hasActionZero(ProtoFields message) {
        boolean zero = true;
        while (zero && message.next()) {
            zero = message.number() != 1 || message.isZero();
        }
        return zero && message.isWhole();
    }
}
