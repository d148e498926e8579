package org.liangma

import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.io.path.readBytes
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking

/** What an installation of a test is made of, also for a process of its own: it outlives each of them. */
class Installed(private val folder: Path, private val address: String) {
    val store: Path = folder.resolve("store")
    private val keyFile = folder.resolve("keys.json")
    private val root = folder.resolve("root.cbor")

    /** A new one for a platform. */
    constructor(folder: Path, platform: Platform) : this(folder, platform.address) {
        Files.write(root, platform.trustRoot)
    }

    val installation
        get() = Installation(store.toString(), address, emptyList(), emptyList(), root.readBytes(), listOf("zh-CN"))

    /** The phone's keys, as a program finds them that has just been started. */
    fun keys() = SoftwareKeys(keyFile)

    /** Opens it in this process, as after a start of the program. */
    suspend fun open(opening: Opening = Opening.AS_IT_IS) =
        Terminal.open(installation, Ports(keys(), PassingFace(), null), opening)

    /** Starts the app in a process of its own. */
    fun process(does: String) = AppProcess(does, folder.toString(), address)
}

/** The app in a process of its own, of which one says when it dies. */
class AppProcess(vararg arguments: String) : AutoCloseable {
    private val process: Process
    private val lines = LinkedBlockingQueue<String>()

    /** Everything that it said. */
    val said = mutableListOf<String>()

    init {
        val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
        val settings = listOf(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Djna.library.path=${System.getProperty("jna.library.path")}",
        )
        val program = listOf("-cp", System.getProperty("java.class.path"), "org.liangma.AppProcessKt")
        process = ProcessBuilder(listOf(java) + settings + program + arguments)
            .redirectError(ProcessBuilder.Redirect.INHERIT).start()
        Thread { pump() }.apply { isDaemon = true }.start()
    }

    private fun pump() = try {
        process.inputStream.bufferedReader().forEachLine { lines.add(it) }
    } catch (_: IOException) {
        // It was killed.
    }

    /** Waits until it says a line that begins so; what follows there. */
    fun says(beginning: String): String {
        while (true) {
            val line = lines.poll(30, TimeUnit.SECONDS) ?: error("the app never said: $beginning; it said $said")
            said.add(line)
            if (line.startsWith(beginning)) return line.removePrefix(beginning).trim()
        }
    }

    /** Types a line into it. */
    fun hears(line: String) {
        process.outputStream.write("$line\n".toByteArray())
        process.outputStream.flush()
    }

    /** Ends it with SIGKILL as soon as something is so; it stands still while that is looked at. */
    fun killedWhen(so: () -> Boolean) {
        val began = System.nanoTime()
        while (true) {
            signal("STOP")
            if (so()) return killed()
            signal("CONT")
            check(process.isAlive && System.nanoTime() - began < 30_000_000_000) { "the moment never came" }
        }
    }

    /** Ends it with SIGKILL. */
    fun killed() {
        process.destroyForcibly().waitFor()
        while (lines.poll(50, TimeUnit.MILLISECONDS)?.let(said::add) == true) continue
    }

    private fun signal(name: String) {
        ProcessBuilder("kill", "-$name", process.pid().toString()).start().waitFor()
    }

    override fun close() = killed()
}

private fun say(line: String) {
    println(line)
    System.out.flush()
}

/** Says where the person was sent, and waits for somebody who does not come back while this process lives. */
private class LeavingFace : FaceCheck {
    override suspend fun handOver(handoff: FaceHandoff): String {
        say("left for ${handoff.url}")
        awaitCancellation()
    }
}

/** What the app does in a process of its own. */
fun main(arguments: Array<String>) = runBlocking {
    val (does, folder, address) = arguments
    LiangmaLibrary.check()
    val installed = Installed(Path.of(folder), address)
    say("starts")
    val terminal = Terminal.open(
        installed.installation,
        Ports(installed.keys(), LeavingFace(), null),
        Opening.AS_IT_IS,
    )
    say("open")
    when (does) {
        "leave for a face check" -> {
            terminal.loginStart(elder.form)
            say("wants the code")
            terminal.loginComplete(readln())
            terminal.recordConsent(Purpose.HEALTH_CODE, 1u, "zh-Hans", true)
            terminal.recordConsent(Purpose.FACE_CHECK, 1u, "zh-Hans", true)
            terminal.apply()
            terminal.faceCheck()
        }
        "declare" -> for (mark in readln().toLong()..Long.MAX_VALUE) {
            say("asks $mark")
            val sent = terminal.declareTrip(TripDeclaration("330100", null, "450100", mark * 60_000))
            say("has $mark: $sent")
        }
        "hold" -> awaitCancellation()
    }
    Unit
}
