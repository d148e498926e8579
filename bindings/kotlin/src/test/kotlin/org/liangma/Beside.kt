package org.liangma

import java.nio.file.Files
import java.nio.file.Path
import kotlinx.coroutines.runBlocking

/** How long one batch of calls is to take, so that the clock's own cost vanishes. */
private const val BATCH = 8_000_000L

/** How long a call is repeated until it counts as warm: the compiler of the JVM is done by then. */
private const val WARM = 4_000_000_000L

/** The card's width in points. */
private const val WIDTH = 360u

/** The Kotlin side of the bench of the bindings; `tests/benches/bindings.rs` says what it has to do. */
fun main() = runBlocking {
    val folder = Files.createTempDirectory("liangma-beside")
    try {
        lit(folder).use { phone ->
            val view = phone.cardView()
            val calls = mapOf<String, suspend () -> Any?>(
                "screen" to { phone.screen() },
                "code" to { checkNotNull(view.frame(WIDTH)) },
            )
            val times = calls.mapValues { (_, call) -> warm(call) }
            println("ready")
            while (true) {
                val asked = readlnOrNull() ?: break
                println(nanoseconds(times.getValue(asked), calls.getValue(asked)) / 1000)
            }
        }
    } finally {
        folder.toFile().deleteRecursively()
    }
}

/** A phone with its code in front, and no network any more. */
private suspend fun lit(folder: Path): Phone {
    val ports = Ports(SoftwareKeys(), PassingFace(), null)
    val installation = Platform().use { platform ->
        val installation = platform.installation(folder)
        Terminal.open(installation, ports, Opening.AS_IT_IS).use { terminal ->
            terminal.comeToACode(platform)
            terminal.stop()
        }
        installation
    }
    val phone = Phone.start(installation, ports)
    val glass = Glass()
    val hand = Hand(phone, glass)
    phone.listen(glass).use {
        for (page in listOf("first.language", "first.view", "first.about")) hand.press(page, "on")
        glass.sees("the code") { screen -> screen.route == "code" && screen.widgets.any { it.id == "card" } }
    }
    return phone
}

/** Repeats a call until it is warm; how often it fits into a batch. */
private suspend fun warm(call: suspend () -> Any?): Int {
    val began = System.nanoTime()
    var each = 0.0
    while (System.nanoTime() - began < WARM) each = nanoseconds(200, call)
    return (BATCH / each).toInt().coerceAtLeast(1)
}

/** Nanoseconds of one call. */
private suspend fun nanoseconds(times: Int, call: suspend () -> Any?): Double {
    val began = System.nanoTime()
    repeat(times) { call() }
    return (System.nanoTime() - began).toDouble() / times
}
