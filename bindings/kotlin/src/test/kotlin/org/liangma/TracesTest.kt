package org.liangma

import com.google.gson.JsonArray
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name
import kotlin.io.path.readText
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** The golden traces, written again from Kotlin's own types: the same bytes as Rust wrote. */
class TracesTest {
    private val folder: Path = root.resolve("ui-spec/traces")

    @TestFactory
    fun `every trace gives the bytes that it is known for`(): List<DynamicTest> {
        val files = folder.listDirectoryEntries().filter { it.extension == "json" }.sorted()
        assertTrue(files.size >= 50, "there are ${files.size} traces")
        return files.map { file -> dynamicTest(file.name) { assertEquals(file.readText(), again(file)) } }
    }

    /** The file, with every screen and every event and effect of a shell written from Kotlin's types. */
    private fun again(file: Path): String {
        val text = file.readText()
        val trace = JsonParser.parseString(text).asJsonObject
        Rehearsal(text).use { rehearsal ->
            trace.getAsJsonObject("start").add("screen", Json.of(rehearsal.screen()))
            for (step in trace.getAsJsonArray("steps").map { it.asJsonObject }) {
                val played = rehearsal.nextStep() ?: error("there are fewer steps than the file has")
                played.event?.let { step.add("event", Json.of(it)) }
                step.add("screen", Json.of(played.screen))
                effects(step, played.effects)
            }
            assertNull(rehearsal.nextStep())
        }
        return Json.text(trace) + "\n"
    }

    /**
     * Writes a step's effects, those that are a shell's from Kotlin's types and in their order. Reading aloud
     * reaches a shell as words, and stays in the file as it is.
     */
    private fun effects(step: JsonObject, played: List<Effect>) {
        val performed = played.iterator()
        val effects = step.get("effects") as? JsonArray ?: JsonArray()
        effects.map { it.asJsonObject }.forEachIndexed { number, effect ->
            when (effect.get("effect").asString) {
                "open", "leave", "speak" -> effects.set(number, Json.of(performed.next()))
                "read_aloud" -> {
                    val words = aloud(step.getAsJsonObject("screen"), effect.get("widget").asString)
                    assertEquals(Effect.Speak(words), performed.next())
                }
            }
        }
        assertFalse(performed.hasNext(), "the shell is asked for more than the file has")
    }

    private fun aloud(screen: JsonObject, id: String): String {
        val widget = screen.getAsJsonArray("widgets").map { it.asJsonObject }.first { it.get("id").asString == id }
        // Of a verdict it is what the person is told.
        val order = widget.getAsJsonArray("reading_order")
            ?: return listOf("say", "spoken", "label").firstNotNullOf { widget.get(it) }.asString
        return order.joinToString("\n") { it.asString }
    }

    @Test
    fun `what is no trace is refused in words`() {
        val error = assertThrows(LiangmaException.Input::class.java) { Rehearsal("{}") }
        assertEquals("trace.unreadable", error.code)
    }

    @Test
    fun `the traces are where this test looks for them`() {
        assertTrue(Files.isDirectory(folder))
    }
}
