package org.liangma

import com.google.gson.JsonParser
import java.nio.file.Files
import java.nio.file.Path
import java.time.Instant
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir

/** The app is killed with SIGKILL, in a process of its own, and started again: nothing is lost and nothing doubled. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KillTest {
    private lateinit var platform: Platform

    @BeforeAll
    fun start() {
        platform = Platform()
    }

    @AfterAll
    fun stop() = platform.close()

    @Test
    fun `killed while the person is at the face provider, it takes the link back after the next start`(
        @TempDir folder: Path,
    ) = runBlocking {
        val phone = Installed(folder, platform)
        val link = phone.process("leave for a face check").use { app ->
            app.says("wants the code")
            app.hears(platform.loginCode(elder))
            val page = app.says("left for")
            app.killed()
            passed(page)
        }
        phone.open().use { terminal ->
            assertTrue(terminal.state().faceCheckOpen, "the check that was left for is remembered")
            assertEquals(FaceCheckOutcome.PASSED, terminal.faceReturned(link))
            terminal.refresh()
            assertNotNull(terminal.cardView(Language.ZH_HANS, GlassView.NORMAL).frame(360u))
            assertTrue(terminal.devices().single().thisDevice, "one login, one device")
            terminal.stop()
        }
    }

    @Test
    fun `killed in the middle of a write, it keeps what it said it keeps, and the platform has it once`(
        @TempDir folder: Path,
    ) = runBlocking {
        val phone = Installed(folder, platform)
        phone.open().use { terminal ->
            terminal.comeToACode(platform)
            terminal.recordConsent(Purpose.TRIP_DECLARATION, 1u, "zh-Hans", true)
            terminal.stop()
        }
        val journal = phone.store.resolve("store.db-wal")
        val said = mutableListOf<String>()
        // Trips that ended in one minute each, so that each is known by its minute.
        val earlier = System.currentTimeMillis() / 60_000 - 1000
        for (kill in 0 until 3) {
            phone.process("declare").use { app ->
                app.says("open")
                app.hears("${earlier + 100 * kill}")
                repeat(kill) { app.says("has") }
                // What is written stands in the journal until it is moved: here the write is half done.
                app.killedWhen { Files.exists(journal) && Files.size(journal) > 0 }
                said += app.said
            }
        }
        phone.open().use { terminal ->
            while (terminal.state().outbox > 0u) terminal.workDue()
            val there = tripsOf(terminal)
            assertEquals(there.distinct(), there, "nothing is there twice")
            val asked = marks(said, "asks ")
            val kept = marks(said, "has ")
            assertTrue(there.containsAll(kept), "$kept was kept, and there is $there")
            assertTrue(asked.containsAll(there), "$asked was asked for, and there is $there")
            terminal.stop()
        }
    }

    @Test
    fun `killed while it makes its store, it makes it good with the next start`(@TempDir folder: Path) = runBlocking {
        // One wrapped key, then the database, then its first tables, which are an upgrade from nothing.
        val moments = listOf<(Path) -> Boolean>(
            { store -> Files.exists(store.resolve("envelope-00000001")) },
            { store -> Files.exists(store.resolve("store.db")) },
            { store -> store.resolve("store.db-wal").let { Files.exists(it) && Files.size(it) > 0 } },
        )
        moments.forEachIndexed { number, moment ->
            val phone = Installed(Files.createDirectory(folder.resolve("$number")), platform)
            phone.process("hold").use { app ->
                app.says("starts")
                app.killedWhen { moment(phone.store) }
            }
            repeat(2) {
                phone.open().use { terminal ->
                    assertEquals(Stage.LOGGED_OUT, terminal.state().stage)
                    assertTrue(terminal.state().notices.isEmpty(), "nothing had to be repaired")
                    terminal.stop()
                }
            }
        }
    }

    @Test
    fun `killed in the middle of an upgrade, the store is as it was, and one that was upgraded is told and left alone`(
        @TempDir folder: Path,
    ) = runBlocking {
        val phone = Installed(folder, platform)
        phone.open().use { terminal ->
            terminal.comeToACode(platform)
            terminal.stop()
        }
        upgrade(phone, "print('half', flush=True); time.sleep(60)").let { half ->
            assertTrue(Files.size(phone.store.resolve("store.db-wal")) > 100_000, "pages are written out already")
            half.destroyForcibly().waitFor()
        }
        phone.open().use { terminal ->
            assertEquals(Stage.READY, terminal.state().stage)
            assertTrue(terminal.state().notices.isEmpty(), "nothing had to be repaired")
            terminal.refresh()
            terminal.stop()
        }
        assertEquals(0, upgrade(phone, "c.execute('COMMIT'); print('whole', flush=True)").waitFor())
        val newer = assertThrows(LiangmaException.Store::class.java) { runBlocking { phone.open() } }
        assertEquals("store.from_newer_version" to Retry.AfterChange, newer.code to newer.retry)
        assertNotNull(wordsOfState(newer.code, Language.ZH_HANS))
    }

    /** A later version of this program begins to upgrade the store; what it does after that is said. */
    private fun upgrade(phone: Installed, then: String): Process {
        val later = """
            import sqlite3, sys, time
            c = sqlite3.connect(sys.argv[1], isolation_level=None)
            c.execute('PRAGMA journal_mode=WAL')
            c.execute('PRAGMA cache_size=1')
            c.execute('BEGIN IMMEDIATE')
            c.execute('CREATE TABLE later (a BLOB) STRICT')
            c.execute('DELETE FROM single')
            c.executemany('INSERT INTO later VALUES (randomblob(3000))', [()] * 100)
            c.execute('PRAGMA user_version=2')
        """.trimIndent() + "\n$then\n"
        val process = ProcessBuilder("python3", "-c", later, phone.store.resolve("store.db").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start()
        assertNotNull(process.inputStream.bufferedReader().readLine())
        return process
    }

    @Test
    fun `of two processes one has the store and both show the code, and what a killed one had is free`(
        @TempDir folder: Path,
    ) = runBlocking {
        val phone = Installed(folder, platform)
        phone.open().use { terminal ->
            terminal.comeToACode(platform)
            terminal.stop()
        }
        phone.process("hold").use { app ->
            app.says("open")
            // Each waits a little for one that is just closing.
            val seconds = Opening.entries.map { opening ->
                async(Dispatchers.Default) { runCatching { phone.open(opening) }.exceptionOrNull() }
            }
            Phone.start(phone.installation, Ports(phone.keys(), PassingFace(), null)).use { second ->
                assertTrue(second.screen().tells("store.in_use"))
                second.send(Event.Back)
                while (second.screen().route != "code") delay(10)
                assertNotNull(second.cardView().frame(360u))
                second.stop()
            }
            for (error in seconds.awaitAll()) {
                assertEquals("store.in_use" to Retry.Later, (error as LiangmaException.Store).run { code to retry })
            }
            app.killed()
        }
        phone.open().use { terminal ->
            assertEquals(Stage.READY, terminal.state().stage)
            terminal.stop()
        }
    }

    private fun marks(said: List<String>, beginning: String): List<Long> =
        said.filter { it.startsWith(beginning) }.map { it.removePrefix(beginning).substringBefore(':').toLong() }

    /** The minutes of the trips that the platform has of this person. */
    private suspend fun tripsOf(terminal: Terminal): List<Long> {
        val copy = JsonParser.parseString(terminal.export(HeldBy.PLATFORM)).asJsonObject
        return copy.getAsJsonArray("evidence").map { it.asJsonObject }.filter { it["kind"].asString == "travel" }
            .map { Instant.parse(it["occurred_at"].asString).epochSecond / 60 }
    }
}
