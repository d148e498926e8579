package org.liangma

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
            fun round(times: Int) = repeat(times) {
                phone.cardView().use { view -> view.forget() }
                phone.listen(Glass()).use { listening -> listening.cancel() }
            }
            // Two objects each time: a view and a listening. What is taken once is taken in the first rounds.
            val after = List(6) {
                round(2500)
                resident()
            }
            val grown = after.last() - after[2]
            assertTrue(grown < 4_000, "$grown kB more; resident after each round: $after")
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

    private fun resident(): Long {
        System.gc()
        return status("VmRSS")
    }

    private fun threads(): Long = status("Threads")

    private fun status(name: String): Long =
        File("/proc/self/status").readLines().first { it.startsWith("$name:") }.filter { it.isDigit() }.toLong()
}

/** A root of trust that no platform has. */
val trustRoot: ByteArray = Platform().use { it.trustRoot }
