package org.liangma

import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir

/** Ports that throw, are slow, are cancelled and are called from several threads; and a defect of the core. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadPortsTest {
    private lateinit var platform: Platform

    @BeforeAll
    fun start() {
        platform = Platform()
    }

    @AfterAll
    fun stop() = platform.close()

    private suspend fun open(folder: Path, keys: KeyStore = SoftwareKeys(), face: FaceCheck = PassingFace()) =
        Terminal.open(platform.installation(folder), Ports(keys, face, null), Opening.AS_IT_IS)

    @Test
    fun `a key store that throws what it may throw is told apart from one that breaks`(@TempDir folder: Path) =
        runBlocking {
            val keys = object : SoftwareKeys() {
                var failure: (() -> Exception)? = null

                override fun deviceKey() = failure?.let { throw it() } ?: super.deviceKey()
            }
            open(folder, keys).use { terminal ->
                keys.failure = { KeyStoreException.Busy() }
                val busy = assertThrows(LiangmaException.Keys::class.java) { runBlocking { terminal.loginStart(green.form) } }
                assertEquals("signing.busy" to Retry.Later, busy.code to busy.retry)
                keys.failure = { IllegalStateException("no such thing") }
                val broken = assertThrows(LiangmaException.Keys::class.java) { runBlocking { terminal.loginStart(green.form) } }
                assertEquals("signing.failed", broken.code)
                keys.failure = null
                assertEquals(6.toUByte(), terminal.loginStart(green.form).codeDigits)
            }
        }

    @Test
    fun `a key store that returns nonsense is a failure and no crash`(@TempDir folder: Path) {
        val keys = object : SoftwareKeys() {
            override fun phoneMark() = ByteArray(3)
        }
        assertThrows(LiangmaException.Keys::class.java) { runBlocking { open(folder, keys) } }
    }

    @Test
    fun `a clock that throws leaves the time unknown`(@TempDir folder: Path) = runBlocking {
        val clock = object : PhoneClock {
            override fun wall(): WallReading = throw IllegalStateException("no clock")

            override fun monotonic(): MonotonicReading = throw ClockException.Unavailable()
        }
        val ports = Ports(SoftwareKeys(), PassingFace(), clock)
        Terminal.open(platform.installation(folder), ports, Opening.AS_IT_IS).use {
            assertEquals(ClockState.UNKNOWN, it.state().clock)
        }
    }

    @Test
    fun `a key store is called from several threads and a slow one holds nobody up`(@TempDir folder: Path) =
        runBlocking {
            val at = AtomicInteger()
            val keys = object : SoftwareKeys() {
                override fun securityLevel(): SecurityLevel {
                    at.incrementAndGet()
                    Thread.sleep(20)
                    return super.securityLevel()
                }
            }
            open(folder, keys).use { terminal ->
                val states = List(40) { async(Dispatchers.Default) { terminal.state() } }.awaitAll()
                assertTrue(states.all { it.securityLevel == SecurityLevel.INSECURE })
                assertEquals(40, at.get())
            }
        }

    @Test
    fun `a face check that hangs is cancelled by the call and by its coroutine`(@TempDir folder: Path) = runBlocking {
        val opened = AtomicInteger()
        val ended = AtomicInteger()
        val face = object : FaceCheck {
            override suspend fun handOver(handoff: FaceHandoff): String = try {
                opened.incrementAndGet()
                delay(3600.seconds)
                error("nobody came")
            } finally {
                ended.incrementAndGet()
            }
        }
        open(folder, face = face).use { terminal ->
            terminal.loginStart(green.form)
            terminal.loginComplete(platform.loginCode(green))
            terminal.recordConsent(Purpose.HEALTH_CODE, 1u, "zh-Hans", true)
            terminal.recordConsent(Purpose.FACE_CHECK, 1u, "zh-Hans", true)
            terminal.apply()
            val checking = async(Dispatchers.Default) { runCatching { terminal.faceCheck() } }
            withTimeout(30.seconds) { while (opened.get() < 1) delay(10) }
            terminal.cancel()
            val error = withTimeout(10.seconds) { checking.await() }.exceptionOrNull()
            assertTrue(error is LiangmaException.Cancelled, "$error")
            val leaving = launch(Dispatchers.Default) { terminal.faceCheck() }
            withTimeout(30.seconds) { while (opened.get() < 2) delay(10) }
            leaving.cancel(CancellationException("the person went back"))
            withTimeout(10.seconds) { while (ended.get() < 2) delay(10) }
            // It works on as before.
            assertTrue(terminal.state().faceCheckOpen)
        }
    }

    @Test
    fun `a listener that throws is told the next screen all the same`(@TempDir folder: Path) = runBlocking {
        val shown = AtomicInteger()
        val glass = Glass()
        Phone.start(platform.installation(folder), Ports(SoftwareKeys(), PassingFace(), null)).use { phone ->
            val throwing = phone.listen(object : PhoneListener {
                override fun show(screen: Screen) {
                    shown.incrementAndGet()
                    throw IllegalStateException("the glass is broken")
                }

                override fun perform(effect: Effect) = throw ListenerException.Failed()
            })
            val listening = phone.listen(glass)
            Hand(phone, glass).press("first.language", "on")
            glass.sees("the next page") { it.route == "first.view" }
            withTimeout(10.seconds) { while (shown.get() < 2) delay(10) }
            throwing.cancel()
            listening.cancel()
        }
    }

    @Test
    fun `a panic inside the core is an error`() {
        val error = assertThrows(LiangmaException.Defect::class.java) { runBlocking { drill() } }
        assertEquals("call.panicked", error.code)
    }
}
