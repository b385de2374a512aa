package io.github.etcdproxy.internal.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.squareup.moshi.JsonEncodingException;
import com.squareup.moshi.JsonReader.Token;
import java.io.IOException;
import java.util.Set;
import okio.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {

    private static JsonValue first(String json, String... names) throws IOException {
        return JsonValue.first(new Buffer().writeUtf8(json), Set.of(names));
    }

    private static JsonValue parse(String json) throws IOException {
        return JsonValue.parse(json.getBytes(UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // path | object | text; none if the path is not there
                "a     | {'a':'x'}                            | x",
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
                "a.b   | {'a.b':'x'}                          |",
                "b     | {'a':{'b':'x'}}                      |",
                "a     | {'a':'\\u00e9'}                       | \u00e9",
            })
    void scalar_ofPath_isAsItIsWritten(String path, String json, String expected) throws Exception {
        String text = json.replace('\'', '"');
        String found = expected == null ? "" : expected.replace("''", "");

        assertThat(parse(text).get(path).scalar()).isEqualTo(found);
        assertThat(first(text, path.split("\\.")).get(path).scalar()).isEqualTo(found);
    }

    @ParameterizedTest
    @CsvSource({
        "{}, true",
        "'{\"a\":null}', true",
        "'{\"a\":\"\"}', false",
        "'{\"a\":{}}', false",
        "'{\"a\":[]}', false"
    })
    void isEmpty_missingOrNull(String json, boolean expected) throws Exception {
        assertThat(parse(json).get("a").isEmpty()).isEqualTo(expected);
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
        assertThat(parse("{\"a\":" + value + "}").get("a").number()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"true, true", "'\"true\"', true", "false, false", "1, false", "'\"True\"', false", "null, false"})
    void isTrue_onlyOfTrue(String value, boolean expected) throws Exception {
        assertThat(parse("{\"a\":" + value + "}").get("a").isTrue()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "1",
                "\"a\"",
                "null",
                "{",
                "[{a:1}]",
                "{\"a\"",
                "{\"a\":1",
                "{a:1}",
                "<html>",
                "}",
                "{]"
            })
    void first_withoutObject_throws(String text) {
        assertThatThrownBy(() -> first(text, "a")).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{a:1}", "{\"a\" 1}", "{\"a\":1]", "{\"a\":tru}", "{\"a\":\"\\q\"}", "{'a':1}"})
    void first_malformed_isDistinguishedFromOtherFailures(String text) {
        assertThatThrownBy(() -> first(text, "a")).isInstanceOf(JsonEncodingException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void first_tooDeep_throws(String name) {
        assertThatThrownBy(() -> first("{\"" + name + "\":" + "[".repeat(100_000), "a"))
                .isExactlyInstanceOf(IOException.class)
                .hasMessageContaining("too deep");
    }

    @Test
    void first_ofNames_skipsAllOthers() throws Exception {
        JsonValue json = first("{\"a\":{\"b\":1,\"c\":2},\"d\":3,\"f\":[{}]}", "a", "b", "d", "e");

        assertThat(json.get("a.b").number()).isEqualTo(1);
        assertThat(json.get("d").number()).isEqualTo(3);
        assertThat(json.get("a.c").isEmpty()).isTrue(); // not asked for
        assertThat(json.get("e").isEmpty()).isTrue();
        assertThat(json.fields()).extracting(JsonValue::name).containsExactly("a", "d");
    }

    @Test
    void first_secondObject_isLeft() throws Exception {
        assertThat(first("{\"a\":1}{\"a\":2}", "a").get("a").number()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[1",
                "{a:1}",
                "{\"a\":1}{\"a\":2}",
                "1 2",
                "[]]",
                "<html>",
                "[{\"a\":1,\"b\":2,\"a\":3}]"
            })
    void parse_notOneValue_throwsWithBeginning(String text) {
        assertThatThrownBy(() -> parse(text))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("no JSON: \"" + text + "\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a   | {'a':'x','a':'y'}             | y",
                "a   | {'a':'x','a':null}            | x",
                "a.b | {'a':{'b':'x'},'a':{'c':'y'}} | x",
                "a.b | {'a':{'b':'x'},'a':{'b':'y'}} | y",
                "a.b | {'a':[{'b':'x'}],'a':[]}      | x",
            })
    void get_ofRepeatedName_lastCounts(String path, String json, String expected) throws Exception {
        String text = json.replace('\'', '"');

        assertThat(first(text, "a", "b", "c").get(path).text()).isEqualTo(expected);
        assertThat(JsonValue.parse(text.getBytes(UTF_8), Set.of("a", "b"))
                        .get(path)
                        .text())
                .isEqualTo(expected);
        assertThatThrownBy(() -> parse(text)).hasMessageStartingWith("no JSON: ");
    }

    @ParameterizedTest
    @CsvSource({"1", "true", "null", "[\"x\"]", "{}"})
    void text_onlyOfString(String value) throws Exception {
        assertThat(parse(value).text()).isEmpty();
        assertThat(parse("\"x\"").text()).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[1", "{a:1}", "{\"a\":1}{\"a\":2}", "1 2", "[]]", "<html>"})
    void parse_namesOfNotOneValue_throws(String text) {
        assertThatThrownBy(() -> JsonValue.parse(text.getBytes(UTF_8), Set.of("a")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void parse_arrayTooDeep_throws() {
        assertThatThrownBy(() -> parse("[".repeat(100_000))).hasMessageStartingWith("no JSON: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "1", "\"x\"", "null", "true", "[{\"a\":1}] "})
    void items_onlyOfArray(String text) throws Exception {
        JsonValue json = parse(text);

        assertThat(json.items()).hasSize(text.startsWith("[") ? 1 : 0);
        assertThat(json.isArray()).isEqualTo(text.startsWith("["));
    }

    @Test
    void fields_areInOrderWithRepeatedNames() throws Exception {
        assertThat(first("{\"b\":1,\"a\":2,\"b\":null}", "a", "b").fields())
                .extracting(JsonValue::name, JsonValue::scalar)
                .containsExactly(tuple("b", "1"), tuple("a", "2"), tuple("b", ""));
        assertThat(parse("[{\"a\":1}]").fields()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, NUMBER",
        "'\"x\"', STRING",
        "false, BOOLEAN",
        "null, NULL",
        "[], BEGIN_ARRAY",
        "{}, BEGIN_OBJECT",
    })
    void require_otherType_throws(String text, Token type) throws Exception {
        JsonValue json = parse("{\"a\":" + text + "}").fields().get(0);

        for (Token other : Token.values()) {
            if (other == type) {
                assertThat(json.require(Token.NAME, other)).isSameAs(json);
            } else {
                assertThatThrownBy(() -> json.require(other)).hasMessage("a: expected " + other + " but was " + type);
            }
        }
    }
}
