package org.liangma.app

import java.text.DateFormat
import java.text.SimpleDateFormat
import java.util.Locale
import java.util.TimeZone
import org.liangma.Back
import org.liangma.Kind
import org.liangma.Language
import org.liangma.Screen
import org.liangma.Target
import org.liangma.Tile
import org.liangma.Widget

/** What a screen reader has to find on a screen, from the core's value alone. */
class Wanted(private val screen: Screen) {
    private val asking = screen.widgets.filter { it.kind is Kind.Sheet }
    private val card = screen.widgets.firstOrNull { it.kind is Kind.CodeCard }

    /** In the order of reading; a page under a question is not there. */
    fun all(): List<Said> {
        if (asking.isNotEmpty()) return asking.flatMap(::widget)
        val plain = screen.widgets.filter { it.kind !is Kind.CodeCard }.flatMap(::widget)
        return if (card != null && screen.back == Back.LEAVE) plain else head() + plain
    }

    private fun head(): List<Said> {
        val back = Said("button", words("Back", "返回")).takeIf { screen.back != Back.LEAVE }
        return listOfNotNull(back, Said("text", screen.title, setOf("heading")))
    }

    private fun widget(w: Widget): List<Said> = when (val kind = w.kind) {
        is Kind.Heading -> listOf(heading(w))
        is Kind.Text, is Kind.LongText, is Kind.Countdown -> listOf(label(w))
        is Kind.KeyValue -> w.spoken?.let { listOf(text("${w.label} $it")) } ?: listOf(text(w.label), text(kind.value))
        is Kind.Disclosure ->
            listOf(button(w).with(if (kind.open) "open" else "closed")) + if (kind.open) kind.widgets.flatMap(::widget) else emptyList()
        is Kind.Notice -> listOf(label(w), text(kind.act)) + notes(w) + listOfNotNull(kind.wayOut?.let { Said("button", it.label) })
        is Kind.Field -> listOf(label(w), field(w)) + counter(kind) + notes(w)
        is Kind.Date -> listOf(label(w), date(w, kind)) + notes(w)
        is Kind.Choice -> choice(w, kind)
        is Kind.Switch -> listOf(Said("switch", w.label, able(w) + on(kind.on))) + notes(w)
        is Kind.Consent -> listOf(text(w.spoken ?: kind.text)) + notes(w)
        is Kind.Button -> listOf(button(w)) + notes(w)
        is Kind.Link -> listOf(button(w)) + listOfNotNull(
            (kind.target as? Target.Call)?.hours?.let(::text),
            (kind.target as? Target.Call)?.textAlternative?.let(::text),
        ) + notes(w)
        is Kind.CodeCard, is Kind.Qr -> listOf(label(w))
        is Kind.Pager -> kind.items.mapIndexed { at, item -> Said("button", item, chosen(at.toUInt() == kind.index)) }
        is Kind.Tiles -> kind.tiles.flatMap(::tile)
        is Kind.Rows -> kind.rows.map { row ->
            listOfNotNull(row.title, row.detail, row.status).map(::text)
                .let { lines -> if (row.action == null) lines else listOf(Said("button", lines.joinToString(" ") { it.label })) }
        }.flatten() + listOfNotNull(Said("button", w.label).takeIf { kind.more })
        is Kind.Timeline -> listOf(heading(w)) + kind.entries.flatMap { listOf(text(it.what), text(it.at), text(it.office)) }
        is Kind.Section -> {
            val inside = kind.widgets.flatMap(::widget)
            if (kind.widgets.all { it.kind is Kind.Button }) inside else listOf(heading(w)) + inside
        }
        is Kind.Attachments -> listOf(heading(w)) + kind.items.flatMap { listOf(text(it.label), Said("button", "× ${it.label}")) }
        is Kind.Progress -> listOf(label(w)) + listOfNotNull(kind.cancel?.let { Said("button", it.label) })
        is Kind.Handoff -> listOf(label(w)) + notes(w) + Said(if (kind.waiting) "button" else "text", kind.provider)
        is Kind.Sheet ->
            listOf(heading(w), text(kind.text), Said("button", kind.confirm.label), Said("button", kind.dismiss.label))
        is Kind.Document -> listOf(label(w), text(kind.text), Said("button", words("Save", "保存", "儲存")))
        is Kind.Totals -> listOf(heading(w)) + kind.totals.flatMap(::tile)
        is Kind.Chart -> listOf(heading(w)) + kind.points.flatMap(::tile)
        is Kind.PinPad -> listOf(text("${w.label} ${kind.typed} / ${kind.digits}"))
        is Kind.Verdict -> listOf(label(w), text(kind.say), text(kind.act))
        is Kind.PicturePicker -> listOf(button(w)) + notes(w)
        is Kind.Scanner, is Kind.BatchRow -> listOf(label(w)) + notes(w)
    }

    private fun choice(w: Widget, kind: Kind.Choice): List<Said> = listOf(label(w)) +
        listOfNotNull(field(w).takeIf { kind.searchable }) +
        kind.path.map { Said("button", it.label) } +
        kind.options.map {
            Said(if (kind.several) "checkbox" else "radiobutton", it.label, able(w) + on(it.id in kind.chosen))
        } + notes(w)

    private fun date(w: Widget, kind: Kind.Date): Said {
        val utc = TimeZone.getTimeZone("UTC")
        val day = kind.value?.let { SimpleDateFormat("yyyy-MM-dd", Locale.ROOT).apply { timeZone = utc }.parse(it) }
        val words = day?.let { DateFormat.getDateInstance(DateFormat.LONG, locale()).apply { timeZone = utc }.format(it) }
        return Said("button", listOfNotNull(w.spoken ?: w.label, words).joinToString(" "), able(w))
    }

    private fun counter(kind: Kind.Field) =
        if (kind.multiline) listOf(text("${kind.text.codePointCount(0, kind.text.length)} / ${kind.longest}")) else emptyList()

    private fun notes(w: Widget) = listOfNotNull(w.hint, w.whyNot, w.error).map(::text)
    private fun field(w: Widget) = Said("field", w.spoken ?: w.label, able(w) + setOfNotNull(w.error?.let { "wrong: $it" }))
    private fun tile(tile: Tile) = listOfNotNull(tile.name, tile.value, tile.age).map(::text)
    private fun text(words: String) = Said("text", words)
    private fun label(w: Widget) = text(w.spoken ?: w.label)
    private fun heading(w: Widget) = label(w).with("heading")
    private fun button(w: Widget) = Said("button", w.spoken ?: w.label, able(w))
    private fun Said.with(state: String) = copy(state = this.state + state)
    private fun able(w: Widget) = setOfNotNull("disabled".takeIf { w.whyNot != null })
    private fun on(on: Boolean) = setOfNotNull("checked".takeIf { on })
    private fun chosen(chosen: Boolean) = setOfNotNull("selected".takeIf { chosen })

    private fun words(en: String, hans: String, hant: String = hans) = when (screen.language) {
        Language.ZH_HANS -> hans
        Language.ZH_HANT -> hant
        Language.EN -> en
    }

    private fun locale() = Locale.forLanguageTag(words("en", "zh-Hans-CN", "zh-Hant-TW"))
}
