package io.github.etcdproxy.okhttp.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Set;
import okio.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFieldsTest {

    private static JsonFields read(String json, String... wanted) throws IOException {
        return JsonFields.read(new Buffer().writeUtf8(json), Set.of(wanted));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // path | object | text; none if the path is not there
                "a     | {'a':'x'}                            | x",
                "a     | {'a':'x','a':'y'}                    | y",
                "a     | {'b':'x'}                            |",
                "a     | {}                                   |",
                "a     | {'a':null}                           |",
                "a     | {'a':{}}                             |",
                "a     | {'a':[]}                             |",
                "a     | {'a':['x']}                          |", // an array leads only to fields of its elements
                "a     | {'a':true}                           | true",
                "a     | {'a':false}                          | false",
                "a     | {'a':1}                              | 1",
                "a     | {'a':1.50}                           | 1.50",
                "a     | {'a':18446744073709551615}           | 18446744073709551615",
                "a     | {'a':''}                             | ''",
                "a.b   | {'a':{'b':'x'}}                      | x",
                "a.b   | {'a':'x'}                            |",
                "a.b   | {'b':'x'}                            |",
                "a.b   | {'a':{'c':'x'}}                      |",
                "a.b   | {'ab':{'b':'x'}}                     |",
                "a.b   | {'a':[{'b':'x'},{'b':'y'}]}          | y",
                "a.b   | {'a':[{'b':'x'},{'c':'y'}]}          | x", // the last that has any
                "a.b   | {'a':[]}                             |",
                "a.b   | {'a':[1,[{'b':'x'}]]}                | x",
                "a.b.c | {'a':{'b':{'c':'x'},'c':'y'}}        | x",
                "a.b.c | {'a':[{'b':[{'c':1},{'c':2}]}]}      | 2",
                "a     | {'b':{'a':'y'},'c':[{'a':'z'}],'a':1}| 1",
            })
    void text_ofPath_isAsItIsWritten(String path, String json, String expected) throws Exception {
        JsonFields fields = read(json.replace('\'', '"'), path);

        assertThat(fields.has(path)).isEqualTo(expected != null);
        assertThat(fields.text(path)).isEqualTo(expected == null ? "" : expected.replace("''", ""));
    }

    @ParameterizedTest
    @CsvSource({
        "7, 7",
        "'\"7\"', 7",
        "0, 0",
        "9223372036854775807, 9223372036854775807",
        "18446744073709551615, -1", // unsigned
        "'\"18446744073709551615\"', -1",
        "18446744073709551616, 0",
        "-1, 0",
        "1.5, 0",
        "1e3, 0",
        "'\"\"', 0",
        "'\"x\"', 0",
        "true, 0",
        "null, 0",
    })
    void number_unsignedOrZero(String value, long expected) throws Exception {
        assertThat(read("{\"a\":" + value + "}", "a").number("a")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"true, true", "'\"true\"', true", "false, false", "1, false", "'\"True\"', false", "null, false"})
    void isTrue_onlyOfTrue(String value, boolean expected) throws Exception {
        assertThat(read("{\"a\":" + value + "}", "a").isTrue("a")).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "[]", "1", "\"a\"", "null", "{", "{\"a\"", "{\"a\":1", "{a:1}", "<html>", "}", "{]"})
    void read_withoutObject_throws(String text) {
        assertThatThrownBy(() -> read(text, "a")).isInstanceOf(IOException.class);
    }

    @Test
    void read_objectTooDeep_throws() {
        assertThatThrownBy(() -> read("{\"b\":" + "[".repeat(100_000), "a")).isInstanceOf(IOException.class);
    }

    @Test
    void read_severalPaths_keepsThoseThatAreThere() throws Exception {
        JsonFields fields = read("{\"a\":{\"b\":1,\"c\":2},\"d\":3}", "a.b", "d", "e");

        assertThat(fields.number("a.b")).isEqualTo(1);
        assertThat(fields.number("d")).isEqualTo(3);
        assertThat(fields.has("a.c")).isFalse(); // not asked for
        assertThat(fields.has("e")).isFalse();
    }

    @Test
    void read_secondObject_isLeft() throws Exception {
        assertThat(read("{\"a\":1}{\"a\":2}", "a").number("a")).isEqualTo(1);
    }
}
