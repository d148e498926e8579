package org.liangma

import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name
import kotlin.io.path.readBytes
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir

/** Keys that are gone while the files stay: it is said, nothing is made or removed silently, and a way on is offered. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeysTest {
    private lateinit var platform: Platform
    private val clock = FixedClock()

    @BeforeAll
    fun start() {
        platform = Platform()
    }

    @AfterAll
    fun stop() = platform.close()

    private suspend fun open(folder: Path, keys: KeyStore, opening: Opening = Opening.AS_IT_IS) =
        Terminal.open(platform.installation(folder), Ports(keys, PassingFace(), clock), opening)

    private suspend fun withCode(folder: Path, keys: KeyStore) = open(folder, keys).use { terminal ->
        terminal.comeToACode(platform)
        terminal.stop()
    }

    private fun refused(folder: Path, keys: KeyStore): String {
        val error = assertThrows(LiangmaException.Keys::class.java) { runBlocking { open(folder, keys) } }
        assertEquals(Retry.AfterChange, error.retry)
        return error.code
    }

    private fun files(folder: Path) = folder.listDirectoryEntries().filter { it.name != "trouble" }
        .associate { it.name to it.readBytes().toList() }

    /** The page that a phone begins with where its keys are in trouble, and what is done there. */
    private suspend fun onClosedPage(folder: Path, keys: KeyStore, does: suspend (Hand, Screen) -> Unit) =
        Phone.start(platform.installation(folder), Ports(keys, PassingFace(), clock)).use { phone ->
            val glass = Glass()
            phone.listen(glass).use {
                does(Hand(phone, glass), phone.screen())
            }
            phone.stop()
        }

    @Test
    fun `a key store that was emptied is lost only after a restart, and begun anew only by wish`(
        @TempDir folder: Path,
    ) = runBlocking {
        val keys = SoftwareKeys()
        withCode(folder, keys)
        val before = files(folder)
        keys.lose()
        val made = keys.made.get()
        repeat(3) { assertEquals("key.unsure", refused(folder, keys)) }
        onClosedPage(folder, keys) { hand, screen ->
            assertTrue(screen.tells("key.unsure"))
            assertFalse(screen.widgets.any { it.id == "anew" }, "a restart comes first")
            hand.press("closed", "again")
            hand.glass.sees("the same page") { it.route == "closed" }
        }
        clock.restart()
        assertEquals("key.lost", refused(folder, keys))
        onClosedPage(folder, keys) { hand, screen ->
            assertTrue(screen.tells("key.lost"))
            hand.press("closed", "anew")
            hand.glass.sees("a question") { asked -> asked.widgets.any { it.kind is Kind.Sheet } }
            hand.phone.send(Event.Pressed("anew-no"))
            hand.glass.sees("no question") { asked -> asked.widgets.none { it.kind is Kind.Sheet } }
        }
        assertEquals(before, files(folder))
        assertEquals(made, keys.made.get(), "no key is made silently")
        open(folder, keys, Opening.BEGIN_ANEW).use { anew ->
            assertEquals(Stage.LOGGED_OUT, anew.state().stage)
            anew.stop()
        }
        assertTrue(keys.made.get() > made)
    }

    @Test
    fun `a backup on another phone does not open there, and stays as it is for its own`(@TempDir folder: Path) =
        runBlocking {
            val own = folder.resolve("own")
            val keys = SoftwareKeys()
            withCode(own, keys)
            val other = Files.createDirectory(folder.resolve("other"))
            own.listDirectoryEntries().forEach { Files.copy(it, other.resolve(it.name)) }
            val before = files(other)
            val others = SoftwareKeys()
            repeat(2) {
                assertEquals("key.restored_without_key", refused(other, others))
                clock.restart()
            }
            onClosedPage(other, others) { _, screen ->
                assertTrue(screen.tells("key.restored_without_key"))
                assertTrue(screen.widgets.any { it.id == "anew" }, "the way on is offered")
                assertFalse(screen.widgets.any { it.kind is Kind.CodeCard }, "nobody else's code is shown")
            }
            assertEquals(before, files(other))
            assertEquals(0, others.made.get(), "no key is made silently")
            open(own, keys).use { terminal ->
                assertEquals(Stage.READY, terminal.state().stage)
                terminal.stop()
            }
            open(other, others, Opening.BEGIN_ANEW).use { anew ->
                assertEquals(Stage.LOGGED_OUT, anew.state().stage)
                anew.stop()
            }
        }
}
