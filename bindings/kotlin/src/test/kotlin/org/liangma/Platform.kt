package org.liangma

import java.io.BufferedReader
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.security.KeyPairGenerator
import java.util.Base64
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

/** The root of the checkout. */
val root: Path = Path.of(System.getProperty("liangma.root", "../.."))

/** An invented person of the sandbox. */
data class Invented(val key: String, val name: String, val document: String, val phone: String) {
    /** What this person types to log in. */
    val form get() = LoginForm(name, DocumentType.RESIDENT_IDENTITY, document, phone, LoginChannel.SMS)
}

/** Nothing found; a negative test and three doses on record. */
val green = Invented("green", "韦秀英", "330106198503126120", "13800000001")

/** Over eighty. */
val elder = Invented("elder", "周福生", "330104194202083410", "13800000004")

/** A sandbox platform in a process of its own, until it is closed. */
class Platform : AutoCloseable {
    private val folder: Path = Files.createTempDirectory("liangma-platform")
    private val process: Process
    private val lines = LinkedBlockingQueue<String>()

    /** Where it is. */
    val address: String

    /** The root of trust. */
    val trustRoot: ByteArray

    init {
        val data = folder.resolve("data")
        process = ProcessBuilder(
            System.getProperty("liangma.program", "liangma"),
            "serve", "--sandbox", "--listen", "127.0.0.1:0", "--notice", "0",
            "--data", data.toString(),
            "--counter-key", counterKey().toString(),
        ).redirectError(ProcessBuilder.Redirect.DISCARD).start()
        val output = process.inputStream.bufferedReader()
        Thread { output.pump() }.apply { isDaemon = true }.start()
        address = "http://" + line(Regex("http://([0-9.:]+)"))
        line(Regex("(Login codes) appear here"))
        trustRoot = Files.readAllBytes(data.resolve("root.cbor"))
    }

    private fun BufferedReader.pump() = try {
        forEachLine { lines.add(it) }
    } catch (_: IOException) {
        // It was ended.
    }

    /** What a pattern finds in the next line that it is in. */
    private fun line(pattern: Regex): String {
        while (true) {
            val line = lines.poll(30, TimeUnit.SECONDS) ?: error("the platform did not say what was waited for")
            pattern.find(line)?.let { return it.groupValues[1] }
        }
    }

    /** The login code that was sent to a person. */
    fun loginCode(who: Invented): String = line(Regex("to ${who.key}: login code ([0-9]{6})"))

    private fun counterKey(): Path {
        val key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().public
        val text = Base64.getMimeEncoder(64, "\n".toByteArray()).encodeToString(key.encoded)
        val file = folder.resolve("counter.pub")
        return Files.writeString(file, "-----BEGIN PUBLIC KEY-----\n$text\n-----END PUBLIC KEY-----\n")
    }

    override fun close() {
        process.destroy()
        if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
        folder.toFile().deleteRecursively()
    }
}
