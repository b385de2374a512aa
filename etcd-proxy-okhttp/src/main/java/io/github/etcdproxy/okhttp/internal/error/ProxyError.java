package io.github.etcdproxy.okhttp.internal.error;

import io.github.etcdproxy.event.FailedAttempt;
import io.github.etcdproxy.event.Outcome;
import io.github.etcdproxy.internal.json.JsonText;
import io.github.etcdproxy.internal.readonly.RequestKind;
import io.github.etcdproxy.okhttp.EtcdProxyException;
import io.github.etcdproxy.okhttp.internal.http.ViaHeader;
import io.github.etcdproxy.okhttp.internal.readonly.ClassifiedRequest;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;

/**
 * The reason why a call is not forwarded, returned as etcd's proxy's response or as an exception.
 *
 * <p>Statuses and messages are those of server/proxy/httpproxy/reverse.go and proxy.go, etcd 3.5; the further fields of
 * the JSON are ours.
 *
 * @param status the HTTP status
 * @param message etcd's message; empty for a response without a body
 * @param cause details for an operator; may be empty
 * @param outcome whether the request may have been carried out
 * @param attempts the failed attempts
 * @param failures what each attempt threw
 */
public record ProxyError(
        int status,
        String message,
        String cause,
        Outcome outcome,
        List<FailedAttempt> attempts,
        List<IOException> failures) {
    private static final MediaType JSON = MediaType.get("application/json");

    public static ProxyError readOnly() {
        return new ProxyError(501, "", "the proxy is read-only", Outcome.NOT_APPLIED, List.of(), List.of());
    }

    public static ProxyError loop(ViaHeader via) {
        return new ProxyError(
                508,
                "httpproxy: the request has passed this proxy before",
                "its Via header names " + via + ": a member URL leads back here; make sure that the proxy's"
                        + " own URL is not among the members' client URLs",
                Outcome.NOT_APPLIED,
                List.of(),
                List.of());
    }

    public static ProxyError noEndpoint(String cause) {
        return new ProxyError(
                503, "httpproxy: zero endpoints currently available", cause, Outcome.NOT_APPLIED, List.of(), List.of());
    }

    /** 504 if the member that was tried last did not respond in time; 502 otherwise. */
    public static ProxyError noResponse(
            RequestKind kind, List<FailedAttempt> attempts, List<IOException> failures, boolean hung) {
        boolean mayBeApplied = kind == RequestKind.WRITE
                && attempts.stream().anyMatch(attempt -> attempt.phase() == FailedAttempt.Phase.EXCHANGE);
        long members = attempts.stream().map(FailedAttempt::url).distinct().count();
        return new ProxyError(
                hung ? 504 : 502,
                "httpproxy: unable to get response from " + members + " endpoint(s)",
                "",
                mayBeApplied ? Outcome.UNKNOWN : Outcome.NOT_APPLIED,
                attempts,
                failures);
    }

    public boolean mayBeApplied() {
        return outcome == Outcome.UNKNOWN;
    }

    /**
     * Returns the error as a response, or throws it.
     *
     * @param asException whether to throw an exception
     */
    public Response reply(Request request, boolean asException) throws EtcdProxyException {
        if (attempts.stream().allMatch(attempt -> attempt.phase() == FailedAttempt.Phase.CONNECT)) {
            GrpcErrorResponse.endWriting(request); // no member got the request
        }
        if (asException) {
            throw asException(request);
        }
        return asResponse(request);
    }

    Response asResponse(Request request) {
        if (ClassifiedRequest.isGrpc(request)) {
            return GrpcErrorResponse.of(request, status, sentence());
        }
        return new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .code(status)
                .message(reasonPhrase())
                .body(message.isEmpty() ? ResponseBody.EMPTY : ResponseBody.create(json(), JSON))
                .build();
    }

    EtcdProxyException asException(Request request) {
        return new EtcdProxyException(
                status,
                request.method() + " " + request.url().encodedPath() + ": " + status + " " + sentence(),
                outcome,
                attempts,
                failures);
    }

    private String sentence() {
        String tried = attempts.stream().map(FailedAttempt::toString).collect(Collectors.joining("; "));
        String why = cause.isEmpty() ? tried : cause;
        return (message.isEmpty() ? reasonPhrase() : message)
                + (attempts.isEmpty() ? "" : ", outcome " + outcome)
                + (why.isEmpty() ? "" : ": " + why);
    }

    private String reasonPhrase() {
        return switch (status) {
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 504 -> "Gateway Timeout";
            case 508 -> "Loop Detected";
            default -> "Service Unavailable";
        };
    }

    private String json() {
        return JsonText.object(json -> {
            json.name("message").value(message);
            if (!cause.isEmpty()) {
                json.name("cause").value(cause);
            }
            json.name("outcome").value(outcome.toString());
            if (!attempts.isEmpty()) {
                json.name("attempts").beginArray();
                for (FailedAttempt attempt : attempts) {
                    json.beginObject();
                    json.name("url").value(attempt.url().toString());
                    json.name("phase").value(attempt.phase().toString());
                    json.name("cause").value(attempt.reason());
                    json.endObject();
                }
                json.endArray();
            }
        });
    }
}
