/**
 * What a proxy does to requests and responses (RFC 9110). Start at {@link
 * io.github.etcdproxy.okhttp.internal.http.HostRewriter}, which replaces the listen URL, and with it the {@code Host}
 * header, by the member's; {@code ViaHeader} detects loops; {@code HopByHopHeaders} are removed, and {@code
 * CredentialHeaders} kept from other servers.
 */
@NullMarked
package io.github.etcdproxy.okhttp.internal.http;

import org.jspecify.annotations.NullMarked;
