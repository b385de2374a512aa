package io.github.etcdproxy.examples.recipes;

import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import retrofit2.Call;
import retrofit2.Retrofit;
import retrofit2.converter.moshi.MoshiConverterFactory;
import retrofit2.http.Field;
import retrofit2.http.FormUrlEncoded;
import retrofit2.http.GET;
import retrofit2.http.PUT;
import retrofit2.http.Path;
import retrofit2.http.Query;

/**
 * The v2 keys API through Retrofit. Retrofit 3.0 depends on {@code okhttp} 4.12, which Maven would put on the class
 * path beside {@code okhttp-jvm} 5; importing {@code okhttp-bom} prevents that.
 */
public interface KeysApi {

    /**
     * Reads a key.
     *
     * @param key its path, without the leading slash, percent-encoded if necessary
     * @return what is stored
     */
    @GET("v2/keys/{key}")
    Call<Answer> get(@Path(value = "key", encoded = true) String key);

    /**
     * Waits for the next change.
     *
     * @param key its path, without the leading slash
     * @param waitIndex the index at which to start
     * @return the change
     */
    @GET("v2/keys/{key}?wait=true")
    Call<Answer> await(@Path(value = "key", encoded = true) String key, @Query("waitIndex") long waitIndex);

    /**
     * Writes a key.
     *
     * @param key its path, without the leading slash
     * @param value the value to store
     * @return the stored key
     */
    @FormUrlEncoded
    @PUT("v2/keys/{key}")
    Call<Answer> put(@Path(value = "key", encoded = true) String key, @Field("value") String value);

    /**
     * Creates the API.
     *
     * @param listenUrl the listen client URL
     * @param wrapped the client that forwards its calls
     * @return an implementation
     */
    static KeysApi of(String listenUrl, OkHttpClient wrapped) {
        return new Retrofit.Builder()
                .baseUrl(listenUrl)
                .client(wrapped)
                .addConverterFactory(MoshiConverterFactory.create())
                .build()
                .create(KeysApi.class);
    }

    /**
     * A response of the keys API.
     *
     * @param action what was done
     * @param node the key
     */
    record Answer(String action, Node node) {}

    /**
     * A key.
     *
     * @param key its path
     * @param value the stored value; null for a directory and for a deleted key
     * @param modifiedIndex when it was changed last
     */
    record Node(String key, @Nullable String value, long modifiedIndex) {}
}
