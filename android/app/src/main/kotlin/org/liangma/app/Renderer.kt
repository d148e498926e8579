package org.liangma.app

import android.app.DatePickerDialog
import android.content.Context
import android.content.res.ColorStateList
import android.graphics.Color
import android.graphics.Typeface
import android.graphics.drawable.GradientDrawable
import android.graphics.drawable.RippleDrawable
import android.os.Build
import android.os.Bundle
import android.util.TypedValue
import android.view.Gravity
import android.view.View
import android.view.ViewGroup
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.view.accessibility.AccessibilityNodeInfo
import android.view.accessibility.AccessibilityNodeInfo.AccessibilityAction
import android.widget.Button
import android.widget.CheckBox
import android.widget.CompoundButton
import android.widget.LinearLayout
import android.widget.ProgressBar
import android.widget.RadioButton
import android.widget.Switch
import android.widget.TextView
import java.text.SimpleDateFormat
import java.util.Date
import java.util.Locale
import java.util.TimeZone
import org.liangma.Action
import org.liangma.Event
import org.liangma.FieldPurpose
import org.liangma.Kind
import org.liangma.Rank
import org.liangma.Row
import org.liangma.Target
import org.liangma.Tile
import org.liangma.Tone
import org.liangma.Widget

/** What a widget needs of the glass that it is on. */
internal interface Glass {
    /** Says to the core what the person did; what was typed goes first. */
    fun send(event: Event)

    /** The field of this name, the same as long as its page is in front. */
    fun field(name: String, context: Context): TypedField

    /** The place of the code card. */
    fun card(card: Kind.CodeCard): View

    /** A text that shows how much is left, from now on. */
    fun countdown(text: TextView, label: String, countdown: Kind.Countdown)

    /** Opens the face-check provider's page once more. */
    fun openProvider()

    /** Lets the person save a document. */
    fun save(document: Kind.Document)

    /** Lets the person choose a picture with a code, which goes to this widget. */
    fun choosePicture(widget: String)

    /** The camera, whose codes go to this widget. */
    fun lens(widget: String, scanner: Kind.Scanner): View
}

/** Draws widgets with the platform's own controls. What a thing means came from the core. */
internal class Renderer(activity: Context, private val look: Look, private val glass: Glass) {
    val context: Context = look.context(activity)

    /** The view of a widget. A kind that is new does not compile here before it has a branch. */
    fun draw(w: Widget): View = when (val kind = w.kind) {
        is Kind.Heading -> heading(w, if (kind.level <= 2U) 1.15f else 1f)
        is Kind.Text, is Kind.LongText -> label(w)
        is Kind.KeyValue -> pair(Tile(w.label, kind.value, null)).also { pair -> w.spoken?.let { sayAsOne(pair, "${w.label} $it") } }
        is Kind.Disclosure -> disclosure(w, kind)
        is Kind.Notice -> notice(w, kind)
        is Kind.Field -> stack(*field(w, kind), *notes(w))
        is Kind.Date -> stack(label(w, bold = true), date(w, kind), *notes(w))
        is Kind.Choice -> choice(w, kind)
        is Kind.Switch -> stack(
            Switch(context).also { turn(it, w.label, w.whyNot == null, kind.on) { on -> Event.Switched(w.id, on) } },
            *notes(w),
        )
        is Kind.Consent -> panel(R.color.pale, text(kind.text).apply { say(this, w.spoken) }, *notes(w))
        is Kind.Button -> stack(button(Action(w.id, w.label), kind.rank, w.whyNot == null).apply { say(this, w.spoken) }, *notes(w))
        is Kind.Link -> link(w, kind.target)
        is Kind.CodeCard -> glass.card(kind).apply { say(this, w.spoken ?: w.label) }
        is Kind.Qr -> QrPlace(context, kind.rows, look.dp(280)).apply { say(this, w.spoken ?: w.label) }
        is Kind.Pager -> beside(
            kind.items.mapIndexed { at, item ->
                button(Action(w.id, item), Rank.SECONDARY) { Event.Chosen(w.id, listOf("$at")) }
                    .apply { isSelected = at.toUInt() == kind.index }
            },
        )
        is Kind.Tiles -> stack(*kind.tiles.map { panel(R.color.pale, pair(it)) }.toTypedArray())
        is Kind.Rows -> list(w, kind)
        is Kind.Timeline -> stack(
            heading(w, 1f),
            *kind.entries.map { stack(text(it.what, bold = true), text(it.at, SMALL, SOFT), text(it.office, SMALL, SOFT)) }
                .toTypedArray(),
        )
        is Kind.Section -> section(w, kind.widgets)
        is Kind.Attachments -> stack(
            heading(w, 1f),
            *kind.items.map { stack(text(it.label), button(Action("${it.id}.remove", "×"), Rank.QUIET)) }.toTypedArray(),
        )
        is Kind.Progress -> panel(
            R.color.calm_pale,
            label(w, bold = true),
            ProgressBar(context, null, android.R.attr.progressBarStyleHorizontal).apply {
                isIndeterminate = true
                importantForAccessibility = View.IMPORTANT_FOR_ACCESSIBILITY_NO
            },
            kind.cancel?.let { button(it, Rank.SECONDARY) },
        ).apply { accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE }
        is Kind.Handoff -> panel(
            R.color.calm_pale,
            label(w, bold = true),
            *notes(w),
            if (kind.waiting) button(kind.provider, Rank.PRIMARY) { glass.openProvider() } else text(kind.provider),
        )
        is Kind.Countdown -> text(w.label).also { glass.countdown(it, w.label, kind) }
        is Kind.Sheet -> panel(
            R.color.paper,
            heading(w, 1.15f),
            text(kind.text),
            button(kind.confirm, if (kind.destructive) Rank.DESTRUCTIVE else Rank.PRIMARY),
            button(kind.dismiss, Rank.SECONDARY),
        )
        is Kind.Document -> stack(
            label(w),
            panel(R.color.pale, text(kind.text, SMALL).apply { typeface = Typeface.MONOSPACE }),
            button(context.getString(R.string.save), Rank.SECONDARY) { glass.save(kind) },
        )
        is Kind.Totals -> stack(heading(w, 1f), *kind.totals.map(::pair).toTypedArray())
        is Kind.Chart -> stack(heading(w, 1f), *kind.points.map(::pair).toTypedArray())
        is Kind.PinPad -> text("${w.label} ${kind.typed} / ${kind.digits}")
        is Kind.Verdict -> panel(R.color.pale, label(w, 1.6f, true), text(kind.say, 1.3f, bold = true), text(kind.act))
        // The stated fallback of ui-spec/widgets.json: no page of a phone has one.
        is Kind.BatchRow -> stack(label(w), *notes(w))
        is Kind.PicturePicker -> stack(
            button(w.label, Rank.SECONDARY) { glass.choosePicture(w.id) }.apply { say(this, w.spoken) },
            *notes(w),
        )
        // Nobody is asked for the camera before they switched it on.
        is Kind.Scanner ->
            if (w.whyNot != null) stack(label(w), *notes(w))
            else around(glass.lens(w.id, kind), label(w), notes(w))
    }

    // ---- texts

    fun text(words: String, size: Float = 1f, colour: Int = INK, bold: Boolean = false) = TextView(context).apply {
        text = look.said(words)
        textLocale = look.locale
        setTextSize(TypedValue.COMPLEX_UNIT_SP, look.textSize * size)
        setTextColor(colour(colour))
        if (bold) typeface = Typeface.DEFAULT_BOLD
        setLineSpacing(0f, 1.15f)
    }

    fun title() = text("", 1.3f, bold = true).also { if (Build.VERSION.SDK_INT >= ANDROID_9) Newer.heading(it) }

    private fun heading(w: Widget, size: Float) =
        label(w, size, true).also { if (Build.VERSION.SDK_INT >= ANDROID_9) Newer.heading(it) }

    private fun label(w: Widget, size: Float = 1f, bold: Boolean = false) =
        text(w.label, size, bold = bold).apply { say(this, w.spoken) }

    private fun say(view: View, words: String?) {
        view.contentDescription = words?.let(look::said)
    }

    /** Instead of the texts inside. */
    private fun sayAsOne(group: ViewGroup, words: String) {
        say(group, words)
        for (at in 0 until group.childCount) {
            group.getChildAt(at).importantForAccessibility = View.IMPORTANT_FOR_ACCESSIBILITY_NO_HIDE_DESCENDANTS
        }
    }

    /** What stands below a control: help, why it cannot be used, what is wrong. */
    private fun notes(w: Widget): Array<View?> = arrayOf(
        w.hint?.let { text(it, SMALL, SOFT) },
        w.whyNot?.let { text(it, SMALL, SOFT) },
        w.error?.let { error ->
            text("▲ $error", 1f, R.color.wrong, true).apply {
                say(this, error)
                accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
            }
        },
    )

    private fun pair(tile: Tile): LinearLayout =
        stack(text(tile.name, SMALL, SOFT), text(tile.value), tile.age?.let { text(it, SMALL, SOFT) })

    // ---- controls

    fun button(words: String, rank: Rank, press: () -> Unit) = Button(context).apply {
        text = look.said(words)
        textLocale = look.locale
        setAllCaps(false)
        setTextSize(TypedValue.COMPLEX_UNIT_SP, look.textSize)
        minHeight = look.target
        minimumHeight = look.target
        stateListAnimator = null
        val line = if (rank == Rank.DESTRUCTIVE) R.color.wrong else R.color.accent
        val fill = if (rank == Rank.PRIMARY) colour(R.color.accent) else Color.TRANSPARENT
        setTextColor(
            ColorStateList(
                arrayOf(intArrayOf(-android.R.attr.state_enabled), intArrayOf()),
                intArrayOf(colour(SOFT), colour(if (rank == Rank.PRIMARY) R.color.on_accent else line)),
            ),
        )
        if (rank == Rank.PRIMARY || rank == Rank.DESTRUCTIVE) typeface = Typeface.DEFAULT_BOLD
        val shape = shape(fill, if (rank == Rank.QUIET) Color.TRANSPARENT else colour(line))
        background = RippleDrawable(ColorStateList.valueOf(colour(R.color.pale)), shape, shape(Color.WHITE, Color.WHITE))
        setPadding(look.gap, look.dp(8), look.gap, look.dp(8))
        setOnClickListener { press() }
    }

    private fun button(
        action: Action,
        rank: Rank,
        enabled: Boolean = true,
        event: () -> Event = { Event.Pressed(action.id) },
    ): Button = button(action.label, rank) { glass.send(event()) }.apply {
        isEnabled = enabled
        tag = if (rank == Rank.PRIMARY) PRIMARY else action.id
    }

    private fun field(w: Widget, kind: Kind.Field): Array<View?> {
        val field = editor(w, kind)
        val counter = if (!kind.multiline) null
        else text("${kind.text.codePointCount(0, kind.text.length)} / ${kind.longest}", SMALL, SOFT)
        return arrayOf(label(w, bold = true).apply { labelFor = field.id }, field, counter)
    }

    private fun editor(w: Widget, kind: Kind.Field): TypedField = glass.field(w.id, context).apply {
        take(w, kind)
        textLocale = look.locale
        setTextSize(TypedValue.COMPLEX_UNIT_SP, look.textSize * if (kind.purpose == FieldPurpose.ONE_TIME_CODE) 1.4f else 1f)
        setTextColor(colour(INK))
        minHeight = look.target
        background = shape(Color.TRANSPARENT, colour(if (w.error == null) R.color.line else R.color.wrong))
        setPadding(look.gap, look.dp(8), look.gap, look.dp(8))
        explain { info ->
            info.isContentInvalid = w.error != null
            info.error = w.error
        }
    }

    private fun date(w: Widget, kind: Kind.Date): View {
        fun day(text: String) = DAY.parse(text) ?: Date(0)
        val words = kind.value?.let { java.text.DateFormat.getDateInstance(java.text.DateFormat.LONG, look.locale).apply { timeZone = UTC }.format(day(it)) }
        return button(words ?: "…", Rank.SECONDARY) {
            val (year, month, date) = (kind.value ?: kind.last).split('-').map(String::toInt)
            DatePickerDialog(context, { _, y, m, d ->
                glass.send(Event.Chosen(w.id, listOf(String.format(Locale.ROOT, "%04d-%02d-%02d", y, m + 1, d))))
            }, year, month - 1, date).apply {
                datePicker.minDate = local(kind.first)
                datePicker.maxDate = local(kind.last)
            }.show()
        }.apply {
            isEnabled = w.whyNot == null
            say(this, listOfNotNull(w.spoken ?: w.label, words).joinToString(" "))
        }
    }

    /** The day in the phone's zone, by which the platform's picker counts. */
    private fun local(day: String): Long = SimpleDateFormat("yyyy-MM-dd", Locale.ROOT).parse(day)?.time ?: 0

    private fun choice(w: Widget, kind: Kind.Choice): View {
        val name = label(w, bold = true)
        val search = if (!kind.searchable) null
        else editor(w, Kind.Field(FieldPurpose.TEXT, "", 0UL, 40U, false)).also { name.labelFor = it.id }
        val path = kind.path.map { step -> button(Action(step.id, step.label), Rank.QUIET) { Event.Chosen(w.id, listOf(step.id)) } }
        val options = kind.options.map { option ->
            val view: CompoundButton = if (kind.several) CheckBox(context) else RadioButton(context)
            view.apply {
                turn(this, option.label, w.whyNot == null, option.id in kind.chosen) { on ->
                    val others = kind.chosen.filter { kind.several && it != option.id }
                    Event.Chosen(w.id, if (on) others + option.id else others)
                }
                background = shape(Color.TRANSPARENT, colour(if (isChecked) R.color.accent else R.color.line))
            }
        }
        return stack(name, search, *path.toTypedArray(), *options.toTypedArray(), *notes(w))
    }

    private fun turn(control: CompoundButton, words: String, enabled: Boolean, on: Boolean, event: (Boolean) -> Event) {
        control.apply {
            text = look.said(words)
            textLocale = look.locale
            setTextSize(TypedValue.COMPLEX_UNIT_SP, look.textSize)
            setTextColor(colour(INK))
            minimumHeight = look.target
            setPadding(look.dp(8), look.dp(6), look.dp(8), look.dp(6))
            isSaveEnabled = false
            isEnabled = enabled
            isChecked = on
            setOnCheckedChangeListener { _, now -> glass.send(event(now)) }
        }
    }

    private fun link(w: Widget, target: Target): View {
        val call = target as? Target.Call
        return stack(
            button(Action(w.id, w.label), Rank.SECONDARY, w.whyNot == null).apply { say(this, w.spoken) },
            call?.hours?.let { text(it, SMALL, SOFT) },
            call?.textAlternative?.let { text(it, SMALL, SOFT) },
            *notes(w),
        )
    }

    // ---- groups

    private fun notice(w: Widget, kind: Kind.Notice): View {
        val ground = when (kind.tone) {
            Tone.CALM -> R.color.calm_pale
            Tone.CAREFUL -> R.color.careful_pale
            Tone.TROUBLE -> R.color.wrong_pale
        }
        val wayOut = kind.wayOut?.let { button(it, Rank.SECONDARY) }
        return panel(ground, label(w, bold = true), text(kind.act), *notes(w), wayOut).apply {
            if (kind.tone == Tone.TROUBLE) accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_ASSERTIVE
        }
    }

    private fun disclosure(w: Widget, kind: Kind.Disclosure): View {
        val inside = stack(*kind.widgets.map(::draw).toTypedArray())
        fun fold(open: Boolean) { inside.visibility = if (open) View.VISIBLE else View.GONE }
        fold(kind.open)
        val head = button(w.label, Rank.QUIET) { fold(inside.visibility == View.GONE) }.apply {
            say(this, w.spoken)
            // By these a screen reader says whether it is open; a press is what they do.
            explain({ it.performClick() }) { info ->
                val isOpen = inside.visibility == View.VISIBLE
                info.addAction(if (isOpen) AccessibilityAction.ACTION_COLLAPSE else AccessibilityAction.ACTION_EXPAND)
            }
        }
        return stack(head, inside)
    }

    private fun list(w: Widget, kind: Kind.Rows): View = stack(
        *kind.rows.map(::line).toTypedArray(),
        if (kind.more) button(Action("${w.id}.more", "…"), Rank.QUIET).apply { say(this, w.label) } else null,
    )

    private fun line(row: Row): View = stack(
        text(row.title),
        row.detail?.let { text(it, SMALL, SOFT) },
        row.status?.let { text(it, SMALL, SOFT) },
    ).apply {
        minimumHeight = look.target
        setGravity(Gravity.CENTER_VERTICAL)
        tag = row.id
        val action = row.action ?: return@apply
        background = RippleDrawable(ColorStateList.valueOf(colour(R.color.pale)), shape(Color.TRANSPARENT, colour(R.color.pale)), shape(Color.WHITE, Color.WHITE))
        setPadding(look.gap, look.dp(8), look.gap, look.dp(8))
        isFocusable = true
        setOnClickListener { glass.send(Event.Pressed(row.id)) }
        explain { info ->
            info.className = Button::class.java.name
            info.addAction(AccessibilityAction(AccessibilityNodeInfo.ACTION_CLICK, action))
        }
    }

    private fun section(w: Widget, widgets: List<Widget>): View {
        val inside = widgets.map(::draw)
        if (widgets.all { it.kind is Kind.Button }) return beside(inside)
        return stack(heading(w, 1.1f), *inside.toTypedArray())
    }

    private fun beside(views: List<View>) = Beside(context, views, look.dp(6))

    private fun stack(vararg views: View?) = LinearLayout(context).apply {
        orientation = LinearLayout.VERTICAL
        for (view in views.filterNotNull()) {
            (view.parent as? ViewGroup)?.removeView(view)
            addView(view, if (childCount > 0) below() else LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT))
        }
    }

    /** Texts around something that stays where it is: a camera that leaves the glass is let go. */
    private fun around(stays: View, before: View, after: Array<View?>): View {
        val place = stays.parent as? LinearLayout ?: return stack(before, stays, *after)
        for (at in place.childCount - 1 downTo 0) if (place.getChildAt(at) !== stays) place.removeViewAt(at)
        place.addView(before, 0, LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT))
        for (view in after.filterNotNull()) place.addView(view, below())
        return place
    }

    private fun below() = LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT).apply { topMargin = look.dp(6) }

    private fun panel(ground: Int, vararg views: View?) = stack(*views).apply {
        background = shape(colour(ground), Color.TRANSPARENT)
        setPadding(look.gap, look.gap, look.gap, look.gap)
    }

    private fun shape(fill: Int, line: Int) = GradientDrawable().apply {
        setColor(fill)
        setStroke(look.dp(2), line)
        setCornerRadius(look.density * 12)
    }

    fun colour(id: Int): Int = context.getColor(id)

    private fun View.explain(fold: (View) -> Boolean = { false }, more: (AccessibilityNodeInfo) -> Unit) {
        accessibilityDelegate = object : View.AccessibilityDelegate() {
            override fun onInitializeAccessibilityNodeInfo(host: View, info: AccessibilityNodeInfo) {
                super.onInitializeAccessibilityNodeInfo(host, info)
                more(info)
            }

            override fun performAccessibilityAction(host: View, action: Int, args: Bundle?): Boolean {
                val folds = action == AccessibilityNodeInfo.ACTION_EXPAND || action == AccessibilityNodeInfo.ACTION_COLLAPSE
                return if (folds) fold(host) else super.performAccessibilityAction(host, action, args)
            }
        }
    }

    companion object {
        /** Marks the button that leads on. */
        const val PRIMARY = "primary"
        private const val SMALL = 0.88f
        private val INK = R.color.ink
        private val SOFT = R.color.soft
        private val UTC = TimeZone.getTimeZone("UTC")
        private val DAY = SimpleDateFormat("yyyy-MM-dd", Locale.ROOT).apply { timeZone = UTC }
    }
}
