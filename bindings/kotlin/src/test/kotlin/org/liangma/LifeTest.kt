package org.liangma

import java.nio.file.Path
import java.nio.file.Files
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir

/** The whole life on a real platform, with every port in Kotlin. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LifeTest {
    private lateinit var platform: Platform

    @BeforeAll
    fun start() {
        LiangmaLibrary.check()
        platform = Platform()
    }

    @AfterAll
    fun stop() = platform.close()

    @Test
    fun `a hand goes from the first start to a lit code, which is there after a restart without network`(
        @TempDir folder: Path,
    ) = runBlocking {
        val ports = Ports(SoftwareKeys(), PassingFace(), null)
        val glass = Glass()
        val phone = Phone.start(platform.installation(folder), ports)
        val listening = phone.listen(glass)
        val hand = Hand(phone, glass)
        for (page in listOf("first.language", "first.view", "first.about")) hand.press(page, "on")
        hand.type("login.person", "name", green.name)
        hand.type("login.person", "document_number", green.document)
        hand.type("login.person", "phone", green.phone)
        hand.press("login.person", "send")
        hand.type("login.code", "code", platform.loginCode(green))
        hand.press("login.code", "log-in")
        hand.press("consent.health-code", "agree")
        hand.press("verify", "face")
        hand.press("consent.face-check", "agree")
        hand.press("verify.face", "go")
        glass.sees("the code") { screen -> screen.route == "code" && screen.widgets.any { it.id == "card" } }
        val frame = phone.cardView().frame(360u)
        assertNotNull(frame)
        assertEquals(360f, frame!!.scene.width)
        assertTrue(frame.scene.items.any { it.id == "band" } && frame.scene.items.any { it.drawing is CardDrawing.Qr })
        assertEquals(CardRectangle(0f, 0f, frame.scene.width, frame.scene.height), frame.redraw)
        assertTrue(frame.nextInMilliseconds in 1u..1000u)
        listening.cancel()
        phone.stop()
        assertThrows(LiangmaException.Stopped::class.java) { phone.screen() }
        phone.close()

        val offline = platform.installation(folder).copy(platform = "http://127.0.0.1:9")
        Phone.start(offline, ports).use { again ->
            assertEquals("code", again.screen().route)
            val view = again.cardView()
            assertTrue(view.frame(360u)!!.scene.items.any { it.drawing is CardDrawing.Qr })
            val part = view.frame(360u)!!.redraw
            assertTrue(part == null || part.height < 360f, "only what is different is drawn again")
        }
    }

    @Test
    fun `an app with screens of its own goes from nothing to a lit code`(@TempDir folder: Path) = runBlocking {
        val terminal = org.liangma.embedding.open(
            Files.createDirectories(folder.resolve("terminal")).toString(),
            platform.address,
            platform.trustRoot,
            SoftwareKeys(),
            PassingFace(),
        )
        val people = org.liangma.embedding.Asked(green.form) { platform.loginCode(green) }
        val frame = org.liangma.embedding.fromNothingToALitCode(terminal, people)
        assertNotNull(frame)
        assertEquals(Stage.READY, terminal.state().stage)
        assertEquals("green", terminal.why()!!.colour)
        assertEquals("no_risk_found", terminal.why()!!.reasons.single().code)
        assertTrue(terminal.devices().single().thisDevice)
        assertTrue(terminal.export(HeldBy.THIS_PHONE).isNotEmpty())
        assertNotNull(terminal.state().worksOfflineUntil)
        terminal.erase()
        val gone = assertThrows(LiangmaException.Stopped::class.java) { runBlocking { terminal.state() } }
        assertEquals("terminal.erased", gone.code)
        terminal.close()
    }

    @Test
    fun `what is wrong is said in codes that have words and nothing personal`(@TempDir folder: Path) = runBlocking {
        val terminal = Terminal.open(platform.installation(folder), Ports(SoftwareKeys(), PassingFace(), null), Opening.AS_IT_IS)
        val form = green.form.copy(documentNumber = "330106198503126121")
        val wrong = assertThrows(LiangmaException.Input::class.java) { runBlocking { terminal.loginStart(form) } }
        assertTrue(wrong.code.startsWith("field.document_number."), wrong.code)
        assertEquals(Retry.AfterChange, wrong.retry)
        assertFalse(wrong.toString().contains("330106"))
        assertNotNull(wordsOfState(wrong.code, Language.EN))
        val early = assertThrows(LiangmaException.NotYet::class.java) { runBlocking { terminal.refresh() } }
        assertEquals("terminal.not_logged_in", early.code)
        assertThrows(LiangmaException.NotYet::class.java) {
            runBlocking { terminal.cardView(Language.EN, GlassView.NORMAL).frame(360u) }
        }
        assertNull(terminal.why())
        terminal.stop()
        val away = Terminal.open(
            platform.installation(folder.resolve("away")).copy(platform = "http://127.0.0.1:9"),
            Ports(SoftwareKeys(), PassingFace(), null),
            Opening.AS_IT_IS,
        )
        val good = form.copy(documentNumber = green.document)
        val network = assertThrows(LiangmaException.Network::class.java) { runBlocking { away.loginStart(good) } }
        assertEquals("network.unreachable", network.code)
        assertEquals(Retry.Later, network.retry)
        away.close()
    }
}
