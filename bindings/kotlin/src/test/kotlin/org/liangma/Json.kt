package org.liangma

import com.google.gson.JsonArray
import com.google.gson.JsonElement
import com.google.gson.JsonNull
import com.google.gson.JsonObject
import com.google.gson.JsonPrimitive
import kotlin.reflect.full.memberProperties

/**
 * Writes the generated types as `ui-spec/traces` has them, by their own names alone: nothing here asks the core
 * for JSON.
 */
object Json {
    /** Types whose variant is a field of the object. */
    private val tags = mapOf(
        Kind::class to "kind",
        Target::class to "to",
        Brightness::class to "level",
        Event::class to "event",
        Effect::class to "effect",
    )

    /** Variants that have another name in Kotlin. */
    private val renamed = mapOf("rows" to "list")

    /** Fields that are left out when they hold nothing. */
    private val leftOut = mapOf(
        Widget::class to setOf("spoken", "hint", "whyNot", "error", "sensitive"),
        Tile::class to setOf("age"),
        Row::class to setOf("detail", "status", "action"),
    )

    fun of(value: Any?): JsonElement = when (value) {
        null -> JsonNull.INSTANCE
        is String -> JsonPrimitive(value)
        is Boolean -> JsonPrimitive(value)
        is UByte -> JsonPrimitive(value.toInt())
        is UInt -> JsonPrimitive(value.toLong())
        is ULong -> JsonPrimitive(value.toLong())
        is Number -> JsonPrimitive(value)
        is ByteArray -> of(value.toList())
        is List<*> -> JsonArray().also { array -> value.forEach { array.add(of(it)) } }
        is Language -> JsonPrimitive(
            when (value) {
                Language.ZH_HANS -> "zh-Hans"
                Language.ZH_HANT -> "zh-Hant"
                Language.EN -> "en"
            },
        )
        is Enum<*> -> JsonPrimitive(value.name.lowercase())
        else -> record(value)
    }

    private fun record(value: Any): JsonObject {
        val fields = sortedMapOf<String, JsonElement>()
        tags.entries.find { (type, _) -> type.isInstance(value) }?.let { (_, tag) ->
            val name = snake(value::class.simpleName!!)
            fields[tag] = JsonPrimitive(renamed[name] ?: name)
        }
        for (property in value::class.memberProperties) {
            val held = property.getter.call(value)
            if (held is Kind) {
                record(held).entrySet().forEach { (key, one) -> fields[key] = one }
                continue
            }
            val empty = held == null || held == false
            if (empty && property.name in leftOut[value::class].orEmpty()) continue
            fields[snake(property.name)] = of(held)
        }
        return JsonObject().also { json -> fields.forEach { (key, one) -> json.add(key, one) } }
    }

    private fun snake(name: String): String =
        name.replace(Regex("(?<=[a-z0-9])([A-Z])"), "_$1").lowercase()

    /** The text as Rust's `serde_json` prints it for reading. */
    fun text(json: JsonElement): String = buildString { write(json, 0) }

    private fun StringBuilder.write(json: JsonElement, depth: Int) {
        when {
            json is JsonObject && json.size() > 0 -> lines('{', '}', depth, json.entrySet()) { (key, value) ->
                quoted(key)
                append(": ")
                write(value, depth + 1)
            }
            json is JsonArray && json.size() > 0 -> lines('[', ']', depth, json) { write(it, depth + 1) }
            json is JsonObject -> append("{}")
            json is JsonArray -> append("[]")
            json is JsonPrimitive && json.isString -> quoted(json.asString)
            else -> append(json.toString())
        }
    }

    private fun <T> StringBuilder.lines(
        open: Char,
        close: Char,
        depth: Int,
        items: Iterable<T>,
        write: (T) -> Unit,
    ) {
        append(open)
        items.forEachIndexed { number, item ->
            append(if (number == 0) "\n" else ",\n").append("  ".repeat(depth + 1))
            write(item)
        }
        append("\n").append("  ".repeat(depth)).append(close)
    }

    private fun StringBuilder.quoted(text: String) {
        append('"')
        for (letter in text) {
            when (letter) {
                '"' -> append("\\\"")
                '\\' -> append("\\\\")
                '\n' -> append("\\n")
                '\r' -> append("\\r")
                '\t' -> append("\\t")
                '\b' -> append("\\b")
                '\u000C' -> append("\\f")
                in '\u0000'..'\u001F' -> append("\\u%04x".format(letter.code))
                else -> append(letter)
            }
        }
        append('"')
    }
}
