package io.github.etcdproxy.okhttp.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialHeadersTest {

    @ParameterizedTest
    @CsvSource({
        // name, is a credential, is secret
        "Authorization, true, true",
        "token, true, true",
        "Grpc-Metadata-Token, true, true",
        "Grpc-Metadata-, true, true",
        "Cookie, false, true",
        "Sec-WebSocket-Protocol, false, true",
        "Proxy-Authorization, false, false", // of the hop, which is removed
        "Authorizations, false, false",
        "X-Token, false, false",
        "tokens, false, false",
        "Grpc-Metadata, false, false",
        "X-Grpc-Metadata-Token, false, false",
        "Grpc-Timeout, false, false",
        "Cookie2, false, false",
        "Set-Cookie, false, false",
        "Sec-WebSocket-Key, false, false",
        "'', false, false",
    })
    void headerName_inAnyCase_isClassified(String name, boolean credential, boolean secret) {
        for (String written : new String[] {name, name.toLowerCase(Locale.ROOT), name.toUpperCase(Locale.ROOT)}) {
            assertThat(CredentialHeaders.isCredential(written)).isEqualTo(credential);
            assertThat(CredentialHeaders.areSecret(written)).isEqualTo(secret);
        }
    }
}
