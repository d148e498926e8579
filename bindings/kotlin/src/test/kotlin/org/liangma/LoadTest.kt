package org.liangma

import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.Structure
import java.io.File
import java.nio.file.Path
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Many calls at once, and many objects one after the other. */
class LoadTest {
    private fun installation(folder: Path) =
        Installation(folder.toString(), "http://127.0.0.1:9", emptyList(), emptyList(), trustRoot, listOf("en"))

    private val ports get() = Ports(SoftwareKeys(), PassingFace(), null)

    @Test
    fun `a thousand calls at once each have their answer`(@TempDir folder: Path) = runBlocking {
        Phone.start(installation(folder), ports).use { phone ->
            val view = phone.cardView()
            val answers = coroutineScope {
                List(1000) { number ->
                    async(Dispatchers.Default) {
                        when (number % 3) {
                            0 -> phone.screen().route
                            1 -> if (view.frame(360u) == null) "no card" else "a card"
                            else -> "sent".also { phone.send(Event.Pressed("nothing-$number")) }
                        }
                    }
                }.awaitAll()
            }
            assertEquals(setOf("first.language", "no card", "sent"), answers.toSet())
        }
    }

    @Test
    fun `ten thousand objects come and go, and nothing grows`(@TempDir folder: Path) = runBlocking {
        Phone.start(installation(folder), ports).use { phone ->
            // Two objects each time: a view and a listening. What is taken once is taken in the first round.
            fun round(times: Int) = repeat(times) {
                phone.cardView().use { view -> view.forget() }
                phone.listen(Glass()).use { listening -> listening.cancel() }
            }
            round(1_500)
            val before = inUse()
            round(5_000)
            val grown = inUse() - before
            // A leak of 200 bytes for each object is more.
            assertTrue(grown < 2_000_000, "$grown bytes more are in use, after $before")
        }
    }

    @Test
    fun `phones come and go on whatever thread, with their threads`(@TempDir folder: Path) = runBlocking {
        suspend fun round(times: Int) = repeat(times) {
            val phone = Phone.start(installation(folder), ports)
            phone.stop()
            Thread { phone.close() }.apply { start() }.join()
        }
        round(3)
        val before = threads()
        round(20)
        assertTrue(threads() <= before + 4, "${threads()} threads after $before")
    }

    /**
     * Bytes that somebody holds: of the C library, which Rust takes its memory from too, and of the Java heap.
     *
     * The resident size of the process says nothing about a leak. On one and the same library that holds 11 MB
     * before and after, it grew by 1 to 280 MB, by what the collector had taken for the heap and not yet given
     * back, and by up to 25 MB that were free again and that the C library kept for later. What JNA holds for a
     * call is freed some time after a collection has found it, and the compiler's notes by the clock: this looks
     * until it gets no less.
     */
    private fun inUse(): Long {
        var least = Long.MAX_VALUE
        var unchanged = 0
        while (unchanged < 10) {
            System.gc()
            Thread.sleep(50)
            val heap = Runtime.getRuntime().run { totalMemory() - freeMemory() }
            val now = heap + cLibrary.mallinfo2().run { given + mapped }
            unchanged = if (now < least - 20_000) 0 else unchanged + 1
            least = minOf(least, now)
        }
        return least
    }

    private val cLibrary by lazy { Native.load("c", CLibrary::class.java) }

    private interface CLibrary : Library {
        fun mallinfo2(): Allocated.ByValue
    }

    /** What `mallinfo2(3)` says: bytes in all arenas together, and of them those that are given out. */
    @Structure.FieldOrder("arena", "f1", "f2", "f3", "mapped", "f5", "f6", "given", "f8", "f9")
    @Suppress("unused")
    open class Allocated : Structure() {
        @JvmField var arena = 0L
        @JvmField var f1 = 0L
        @JvmField var f2 = 0L
        @JvmField var f3 = 0L
        @JvmField var mapped = 0L
        @JvmField var f5 = 0L
        @JvmField var f6 = 0L
        @JvmField var given = 0L
        @JvmField var f8 = 0L
        @JvmField var f9 = 0L

        /** As it is returned. */
        class ByValue : Allocated(), Structure.ByValue
    }

    private fun threads(): Long = status("Threads")

    private fun status(name: String): Long =
        File("/proc/self/status").readLines().first { it.startsWith("$name:") }.filter { it.isDigit() }.toLong()
}

/** A root of trust that no platform has. */
val trustRoot: ByteArray = Platform().use { it.trustRoot }
