package io.github.etcdproxy.okhttp.internal.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;

/**
 * Parses the responses on an HTTP/1.1 connection byte by byte (RFC 9112, sections 6 and 7), to detect whether exactly
 * the expected responses have arrived. It only observes: if it parses something differently from OkHttp, the connection
 * counts as unclean and is not used again. Used by one thread at a time.
 */
final class ResponseFraming {
    /** OkHttp's limit for all headers; OkHttp does not limit the line with a chunk's size. */
    static final int MAX_LINE_BYTES = 256 << 10;

    private static final int LINE_START_BYTES = 128;

    /** The maximum digits of a number, in either radix, that fits a long. */
    private static final int MOST_DIGITS = 15;

    private static final int STATUS_OFFSET = "HTTP/1.1 ".length();
    private static final String CONTENT_LENGTH = "content-length:";
    private static final String TRANSFER_ENCODING = "transfer-encoding:";

    /** The start of a line that arrives in pieces. */
    private final byte[] lineStart = new byte[LINE_START_BYTES];

    private int lineLength;
    private State state = State.BETWEEN;
    private boolean headRequested;
    private int status;
    private boolean chunked;

    /** The remaining bytes of the body, or of the current chunk including its line end. */
    private long remaining;

    private enum State {
        /** Nothing is expected. */
        BETWEEN,
        STATUS_LINE,
        HEADER,
        /** A body, or a part of one, of known length. */
        COUNTED,
        CHUNK_SIZE,
        CHUNK_END,
        TRAILER,
        /** A body that ends with the connection, or something that OkHttp will reject. */
        UNBOUNDED,
        /** Unsolicited data has arrived. */
        OVERRUN
    }

    /** A request is about to be sent. */
    void requestBegins(String method) {
        state = State.STATUS_LINE;
        headRequested = method.equals("HEAD");
        lineLength = 0;
    }

    /** Whether exactly the expected responses have arrived. */
    boolean isClean() {
        return state == State.BETWEEN;
    }

    /** Whether unsolicited data has arrived. The expected response precedes it. */
    boolean isOverrun() {
        return state == State.OVERRUN;
    }

    /**
     * Bytes have arrived.
     *
     * @throws IOException if a line exceeds the limit
     */
    void received(byte[] bytes, int offset, int count) throws IOException {
        int at = offset;
        int end = offset + count;
        while (at < end) {
            switch (state) {
                case BETWEEN, OVERRUN -> {
                    state = State.OVERRUN;
                    return;
                }
                case UNBOUNDED -> {
                    return;
                }
                case COUNTED -> at += count(end - at);
                default -> at = line(bytes, at, end);
            }
        }
    }

    private int count(int available) {
        int taken = (int) Math.min(remaining, available);
        remaining -= taken;
        if (remaining == 0) {
            state = chunked ? State.CHUNK_END : State.BETWEEN;
        }
        return taken;
    }

    /** Consumes bytes up to the end of the line. A line that arrives in one piece is parsed in place. */
    private int line(byte[] bytes, int from, int end) throws IOException {
        int at = from;
        while (at < end && bytes[at] != '\n') {
            at++;
        }
        if (at < end && lineLength == 0) {
            lineEnds(bytes, from, at);
            return at + 1;
        }
        keep(bytes, from, at);
        if (at == end) {
            return end;
        }
        int kept = Math.min(lineLength, LINE_START_BYTES);
        lineLength = 0;
        lineEnds(lineStart, 0, kept);
        return at + 1;
    }

    private void keep(byte[] bytes, int from, int to) throws IOException {
        int kept = Math.min(to - from, LINE_START_BYTES - lineLength);
        if (kept > 0) {
            System.arraycopy(bytes, from, lineStart, lineLength, kept);
        }
        lineLength += to - from;
        if (lineLength > MAX_LINE_BYTES) {
            throw new IOException("a header or chunk line is longer than " + MAX_LINE_BYTES + " bytes");
        }
    }

    private void lineEnds(byte[] line, int from, int lineEnd) {
        int to = lineEnd > from && line[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
        switch (state) {
            case STATUS_LINE -> statusLine(line, from, to);
            case HEADER -> {
                if (from == to) {
                    headEnds();
                } else {
                    header(line, from, to);
                }
            }
            case CHUNK_SIZE -> chunkSize(line, from, to);
            case CHUNK_END -> state = State.CHUNK_SIZE;
            default -> { // TRAILER
                if (from == to) {
                    state = State.BETWEEN;
                }
            }
        }
    }

    private void statusLine(byte[] line, int from, int to) {
        int code = from + STATUS_OFFSET;
        status = to < code + 3 ? 0 : (int) number(line, code, code + 3, 10);
        chunked = false;
        remaining = -1;
        state = status >= 100 ? State.HEADER : State.UNBOUNDED;
    }

    private void header(byte[] line, int from, int to) {
        if (isNamed(CONTENT_LENGTH, line, from, to)) {
            remaining = number(line, from + CONTENT_LENGTH.length(), to, 10);
        } else if (isNamed(TRANSFER_ENCODING, line, from, to)) {
            chunked = isChunked(line, from, to);
        }
    }

    private void headEnds() {
        if (status == 101) {
            state = State.UNBOUNDED;
        } else if (status < 200) {
            state = State.STATUS_LINE; // an interim response
        } else if (headRequested || ((status == 204 || status == 304) && !chunked && remaining <= 0)) {
            state = State.BETWEEN; // as in OkHttp: 204 and 304 with a length have a body
        } else if (chunked) {
            state = State.CHUNK_SIZE;
        } else if (remaining == 0) {
            state = State.BETWEEN;
        } else {
            state = remaining > 0 ? State.COUNTED : State.UNBOUNDED;
        }
    }

    private void chunkSize(byte[] line, int from, int to) {
        int end = from;
        while (end < to && Character.digit(line[end], 16) >= 0) {
            end++;
        }
        long size = number(line, from, end, 16);
        if (size < 0) {
            state = State.UNBOUNDED;
        } else if (size == 0) {
            state = State.TRAILER;
        } else {
            remaining = size;
            state = State.COUNTED;
        }
    }

    private static boolean isChunked(byte[] line, int from, int to) {
        int value = from + TRANSFER_ENCODING.length();
        return new String(line, value, to - value, ISO_8859_1).strip().equalsIgnoreCase("chunked");
    }

    private static boolean isNamed(String name, byte[] line, int from, int to) {
        if (to - from < name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (Character.toLowerCase((char) line[from + i]) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Parses a number surrounded by white space; -1 if there is none. */
    private static long number(byte[] line, int from, int to, int radix) {
        int end = to;
        int at = from;
        while (at < end && isBlank(line[at])) {
            at++;
        }
        while (end > at && isBlank(line[end - 1])) {
            end--;
        }
        long number = at == end ? -1 : 0;
        while (at < end - 1 && line[at] == '0') {
            at++;
        }
        if (end - at > MOST_DIGITS) {
            return -1;
        }
        for (; at < end && number >= 0; at++) {
            int digit = Character.digit(line[at], radix);
            number = digit < 0 ? -1 : number * radix + digit;
        }
        return number;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
