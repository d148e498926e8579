package org.liangma.app

import android.annotation.SuppressLint
import android.content.Context
import android.os.Build
import android.text.Editable
import android.text.InputFilter
import android.text.InputType
import android.text.Spanned
import android.text.TextWatcher
import android.view.inputmethod.BaseInputConnection
import android.view.inputmethod.EditorInfo
import android.view.inputmethod.InputConnection
import android.view.inputmethod.InputConnectionWrapper
import android.widget.EditText
import org.liangma.Event
import org.liangma.FieldPurpose
import org.liangma.Kind
import org.liangma.Widget
import org.liangma.wellFormed

private const val SETTLE = 150L
private const val NO_LEARNING = 0x1000000

/** A field keeps its text until composition ends, and takes a text from the core only when that is not older. */
@SuppressLint("ViewConstructor", "AppCompatCustomView")
internal class TypedField(context: Context, private val name: String, private val tell: (Event) -> Unit) :
    EditText(context), TextWatcher {
    private var revision = 0UL
    private var sent = 0UL
    private var pending = false
    private var taking = false
    private val settled = Runnable { if (!isComposing()) flush() }

    init {
        id = generateViewId()
        // What is typed is kept sealed by the core, and nowhere else.
        isSaveEnabled = false
        addTextChangedListener(this)
    }

    fun take(widget: Widget, field: Kind.Field) {
        if (pending || isComposing() || field.revision < sent) return
        revision = maxOf(revision, field.revision)
        setKind(widget, field)
        isEnabled = widget.whyNot == null
        if (text.toString() == field.text) return
        taking = true
        setText(field.text)
        setSelection(text.length)
        taking = false
    }

    /** Tells the core what was typed, at once. */
    fun flush() {
        removeCallbacks(settled)
        if (!pending) return
        pending = false
        revision += 1UL
        sent = revision
        tell(Event.Typed(name, text.toString().wellFormed(), revision))
    }

    private fun setKind(widget: Widget, field: Kind.Field) {
        val suggestions = if (widget.sensitive) InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS else 0
        val text = InputType.TYPE_CLASS_TEXT or suggestions
        val (type, hint) = when (field.purpose) {
            FieldPurpose.NAME -> (text or InputType.TYPE_TEXT_VARIATION_PERSON_NAME) to "name"
            FieldPurpose.DOCUMENT_NUMBER -> (text or InputType.TYPE_TEXT_FLAG_CAP_CHARACTERS) to null
            FieldPurpose.PHONE -> InputType.TYPE_CLASS_PHONE to "phone"
            FieldPurpose.ONE_TIME_CODE -> InputType.TYPE_CLASS_NUMBER to "smsOTPCode"
            FieldPurpose.NUMBER -> (InputType.TYPE_CLASS_NUMBER or InputType.TYPE_NUMBER_FLAG_DECIMAL) to null
            FieldPurpose.TEXT -> (text or InputType.TYPE_TEXT_FLAG_CAP_SENTENCES) to null
        }
        val lines = if (field.multiline) InputType.TYPE_TEXT_FLAG_MULTI_LINE else 0
        if (inputType != type or lines) inputType = type or lines
        if (field.multiline) minLines = 4
        imeOptions = EditorInfo.IME_ACTION_DONE or if (widget.sensitive) NO_LEARNING else 0
        filters = arrayOf(Longest(field.longest.toInt()))
        if (Build.VERSION.SDK_INT >= ANDROID_8) Newer.autofill(this, hint)
    }

    private fun isComposing(): Boolean {
        val from = BaseInputConnection.getComposingSpanStart(text)
        return from >= 0 && from != BaseInputConnection.getComposingSpanEnd(text)
    }

    private fun typed() {
        if (!pending) return
        removeCallbacks(settled)
        postDelayed(settled, SETTLE)
    }

    override fun afterTextChanged(text: Editable) {
        if (taking) return
        pending = true
        typed()
    }

    override fun beforeTextChanged(text: CharSequence, start: Int, count: Int, after: Int) = Unit
    override fun onTextChanged(text: CharSequence, start: Int, before: Int, count: Int) = Unit

    override fun onFocusChanged(focused: Boolean, direction: Int, from: android.graphics.Rect?) {
        super.onFocusChanged(focused, direction, from)
        if (!focused) flush()
    }

    override fun onCreateInputConnection(info: EditorInfo): InputConnection? {
        val connection = super.onCreateInputConnection(info) ?: return null
        return object : InputConnectionWrapper(connection, false) {
            override fun finishComposingText(): Boolean = super.finishComposingText().also { typed() }
        }
    }
}

/** Most characters, where a rare one that the JVM counts twice is one. */
private class Longest(private val most: Int) : InputFilter {
    override fun filter(added: CharSequence, start: Int, end: Int, text: Spanned, from: Int, to: Int): CharSequence? {
        val kept = Character.codePointCount(text, 0, from) + Character.codePointCount(text, to, text.length)
        val room = maxOf(0, most - kept)
        if (Character.codePointCount(added, start, end) <= room) return null
        return added.subSequence(start, Character.offsetByCodePoints(added, start, room))
    }
}
