package io.github.etcdproxy.internal.readonly;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Iterates over the fields of one protobuf message (protobuf encoding, versions 2 and 3). A message that is malformed
 * or nested too deeply is not {@link #isWhole whole}. Not thread safe.
 */
final class ProtoFields {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;
    private static final int DEEPEST = 100;

    private final ByteBuffer bytes;
    private final int depth;
    private boolean broken;
    private int number;
    private int type;
    private long varint;
    private ByteBuffer value = ByteBuffer.allocate(0);

    ProtoFields(ByteBuffer bytes) {
        this(bytes, 0);
    }

    private ProtoFields(ByteBuffer bytes, int depth) {
        this.bytes = bytes;
        this.depth = depth;
        this.broken = depth > DEEPEST;
    }

    /** Moves to the next field; false at the end, or if the rest is malformed. */
    boolean next() {
        if (broken || !bytes.hasRemaining()) {
            return false;
        }
        try {
            long tag = readVarint();
            number = (int) (tag >>> 3);
            type = (int) (tag & 7);
            switch (type) {
                case VARINT -> varint = readVarint();
                case FIXED64 -> skip(8);
                case LENGTH_DELIMITED -> value = read(readVarint());
                case FIXED32 -> skip(4);
                default -> broken = true; // groups, which etcd does not use
            }
            broken |= tag >>> 3 == 0 || tag >>> 32 != 0;
        } catch (BufferUnderflowException e) {
            broken = true;
        }
        return !broken;
    }

    int number() {
        return number;
    }

    /** Whether the field's value can be a message. */
    boolean isMessage() {
        return type == LENGTH_DELIMITED;
    }

    ProtoFields message() {
        return new ProtoFields(value, depth + 1);
    }

    boolean isZero() {
        return type == VARINT && varint == 0;
    }

    /** Whether the message has been read to its end, and was well-formed. */
    boolean isWhole() {
        return !broken && !bytes.hasRemaining();
    }

    private long readVarint() {
        long result = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = bytes.get();
            result |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return result;
            }
        }
        throw new BufferUnderflowException();
    }

    private void skip(int count) {
        read(count);
    }

    private ByteBuffer read(long count) {
        if (count < 0 || count > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer part = bytes.slice(bytes.position(), (int) count);
        bytes.position(bytes.position() + (int) count);
        return part;
    }
}
