package io.github.etcdproxy.examples.recipes.programs

import io.github.etcdproxy.discovery.PeerDiscovery
import io.github.etcdproxy.okhttp.EtcdProxy
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.runInterruptible
import okhttp3.FormBody
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response

private const val KEY = "http://etcd.internal:2379/v2/keys/kotlin"

/** Kotlin: a call suspends and a watch is a flow. Both end when their coroutine is canceled. */
fun main(args: Array<String>): Unit = runBlocking {
    val proxy = EtcdProxy.builder()
        .listenClientUrls("http://etcd.internal:2379")
        .discovery(PeerDiscovery.initialCluster(args[0]))
        .start()
    proxy.use {
        val client = proxy.wrap(OkHttpClient())
        val value = FormBody.Builder().add("value", "hello, Kotlin").build()
        client.send(Request.Builder().url(KEY).put(value)).close()
        println(client.watch("$KEY?wait=true&stream=true&waitIndex=1").first())
    }
}

/** The proxy notices the interrupt of a thread that waits for a member. */
private suspend fun OkHttpClient.send(request: Request.Builder): Response =
    runInterruptible(Dispatchers.IO) { newCall(request.build()).execute() }

private fun OkHttpClient.watch(url: String): Flow<String> = flow {
    send(Request.Builder().url(url)).use { response ->
        val lines = response.body.source()
        while (true) emit(runInterruptible(Dispatchers.IO) { lines.readUtf8Line() } ?: break)
    }
}
