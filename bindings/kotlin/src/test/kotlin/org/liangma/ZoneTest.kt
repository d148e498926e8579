package org.liangma

import java.nio.file.Path
import java.util.Locale
import java.util.TimeZone
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** Zone and locale of the machine change while the program runs: card and screens stay as they are, byte for byte. */
class ZoneTest {
    /** Digits that are not ours, letters that fold otherwise, a calendar of its own, and both sides of the date line. */
    private val elsewhere = listOf(
        "tr-TR" to "Pacific/Kiritimati",
        "ar-EG-u-nu-arab" to "Pacific/Pago_Pago",
        "th-TH-u-ca-buddhist-nu-thai" to "America/St_Johns",
        "fa-IR-u-ca-persian" to "Asia/Kathmandu",
    )

    @Test
    fun `a card and the screens around it are the same bytes wherever the machine believes to be`(
        @TempDir folder: Path,
    ) = runBlocking {
        val (zone, locale) = TimeZone.getDefault() to Locale.getDefault()
        val ports = Ports(SoftwareKeys(), PassingFace(), FixedClock())
        try {
            val installation = Platform().use { platform ->
                platform.installation(folder).also { installation ->
                    Terminal.open(installation, ports, Opening.AS_IT_IS).use { terminal ->
                        terminal.comeToACode(platform)
                        terminal.stop()
                    }
                }
            }
            Phone.start(installation, ports).use { phone ->
                val glass = Glass()
                phone.listen(glass).use {
                    val hand = Hand(phone, glass)
                    for (page in listOf("first.language", "first.view", "first.about")) hand.press(page, "on")
                    glass.sees("the code") { it.route == "code" }
                    val view = phone.cardView()
                    // What is said once has then been said.
                    pages(hand, view)
                    val here = pages(hand, view)
                    assertTrue(here.length > 10_000)
                    for ((tag, id) in elsewhere) {
                        Locale.setDefault(Locale.forLanguageTag(tag))
                        TimeZone.setDefault(TimeZone.getTimeZone(id))
                        assertEquals(here, pages(hand, view), "$tag, $id")
                    }
                }
                phone.stop()
            }
        } finally {
            TimeZone.setDefault(zone)
            Locale.setDefault(locale)
        }
    }

    /** The card, whole, and the pages around it with times and numbers on them, as they come over. */
    private suspend fun pages(hand: Hand, view: CardView): String {
        view.forget()
        val drawn = mutableListOf<Any>(checkNotNull(view.frame(360u)), hand.phone.screen())
        for (page in listOf("why", "ready", "declare-trip", "hotlines")) {
            hand.phone.send(Event.Pressed(page))
            drawn += hand.glass.sees("the page behind $page") { it.route != "code" }
            hand.phone.send(Event.Back)
            hand.glass.sees("the code again") { it.route == "code" }
        }
        return drawn.joinToString("\n") { Json.text(Json.of(it)) }
    }
}
