package org.liangma

import java.nio.charset.CharacterCodingException
import java.nio.file.Path
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

/** What people type, and what no keyboard should send. */
class TextTest {
    private fun on(folder: Path, work: suspend (Phone, Hand) -> Unit) = runBlocking {
        val installation =
            Installation(folder.toString(), "http://127.0.0.1:9", emptyList(), emptyList(), trustRoot, listOf("zh-CN"))
        Phone.start(installation, Ports(SoftwareKeys(), PassingFace(), null)).use { phone ->
            val glass = Glass()
            phone.listen(glass).use {
                val hand = Hand(phone, glass)
                for (page in listOf("first.language", "first.view", "first.about")) hand.press(page, "on")
                work(phone, hand)
            }
        }
    }

    @Test
    fun `emoji, rare characters and the middle dot come back as they were typed`(@TempDir folder: Path) =
        on(folder) { phone, hand ->
            for ((revision, text) in listOf("👩‍👩‍👧‍👦", "𠮷𪚥", "买买提·吐尔逊", "e\u0301 \u202e", "a\u0000b").withIndex()) {
                phone.send(Event.Typed("name", text, (revision + 1).toULong()))
                hand.glass.sees("what was typed") { screen ->
                    screen.widgets.any { it.id == "name" && (it.kind as Kind.Field).revision == (revision + 1).toULong() }
                }
                val held = phone.screen().widgets.first { it.id == "name" }.kind as Kind.Field
                assertEquals(text, held.text)
            }
        }

    @Test
    fun `half a character is made whole at the door and never ends the program`(@TempDir folder: Path) =
        on(folder) { phone, hand ->
            val half = "李\uD83D"
            assertThrows(CharacterCodingException::class.java) { phone.send(Event.Typed("name", half, 1u)) }
            phone.typed("name", half, 1u)
            hand.glass.sees("the whole text") { screen ->
                screen.widgets.any { it.id == "name" && (it.kind as Kind.Field).text == "李\uFFFD" }
            }
            assertEquals("\uFFFDa👧\uFFFD", "\uDC00a👧\uD83D".wellFormed())
        }

    @Test
    fun `a megabyte of text is refused in words, and the phone works on`(@TempDir folder: Path) =
        on(folder) { phone, _ ->
            val error = assertThrows(LiangmaException.Input::class.java) {
                phone.send(Event.Typed("name", "长".repeat(350_000), 1u))
            }
            assertEquals("event.too_long", error.code)
            assertThrows(LiangmaException.Input::class.java) { phone.send(Event.Pressed("x".repeat(1_000_000))) }
            assertThrows(LiangmaException.Input::class.java) {
                phone.send(Event.Chosen("x", List(100_000) { "y" }))
            }
            assertEquals("login.person", phone.screen().route)
        }
}
