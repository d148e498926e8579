package org.liangma.app

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.Path
import android.graphics.Typeface
import android.text.TextPaint
import android.view.View
import android.view.ViewGroup
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import kotlin.math.roundToInt
import org.liangma.CardAlign
import org.liangma.CardDrawing
import org.liangma.CardRectangle
import org.liangma.CardScene
import org.liangma.CardStep

private const val QUIET = 4

/**
 * Draws the scene of a card. Decides nothing: where each thing stands, in which colour and words, came from the
 * core. What a screen reader says lies over the drawing as views without a look, in the core's order.
 */
@SuppressLint("ViewConstructor")
internal class CardPlace(context: Context, private val look: Look) : ViewGroup(context) {
    private var scene: CardScene? = null
    private var scale = look.density
    private val paint = TextPaint(Paint.ANTI_ALIAS_FLAG)

    init {
        setWillNotDraw(false)
        visibility = GONE
    }

    fun show(next: CardScene?) {
        val resized = scene?.height != next?.height || scene?.width != next?.width
        scene = next
        visibility = if (next == null) GONE else VISIBLE
        val spoken = next?.readingOrder.orEmpty()
        while (childCount > spoken.size) removeViewAt(childCount - 1)
        spoken.forEachIndexed { at, line ->
            val view = getChildAt(at) ?: View(context).also(::addView)
            // Only what is said differently is touched, so that a reader who stands on a line is left in peace.
            if (view.contentDescription?.toString() != line.label) view.contentDescription = look.said(line.label)
            view.importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_YES
        }
        if (resized) requestLayout()
        invalidate()
    }

    private fun left(): Float = scene?.let { floor((width - it.width * scale) / 2) } ?: 0f

    private fun top(): Float = scene?.let { floor((height - it.height * scale) / 2) } ?: 0f

    // As large as was laid out, or as the glass has room for: a card is never cut.
    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val room = MeasureSpec.getSize(widthMeasureSpec)
        val scene = scene ?: return setMeasuredDimension(room, 0)
        scale = min(look.density, room / scene.width)
        val isFree = MeasureSpec.getMode(heightMeasureSpec) == MeasureSpec.UNSPECIFIED
        if (!isFree) scale = min(scale, MeasureSpec.getSize(heightMeasureSpec) / scene.height)
        val high = (scene.height * scale).roundToInt()
        setMeasuredDimension(room, if (isFree) high else resolveSize(high, heightMeasureSpec))
    }

    override fun onLayout(changed: Boolean, l: Int, t: Int, r: Int, b: Int) {
        val scene = scene ?: return
        scene.readingOrder.forEachIndexed { at, line ->
            val frame = scene.items.firstOrNull { it.id == line.item }?.frame ?: return@forEachIndexed
            val (x, y) = (left() + frame.x * scale).toInt() to (top() + frame.y * scale).toInt()
            getChildAt(at)?.layout(x, y, x + (frame.width * scale).toInt(), y + (frame.height * scale).toInt())
        }
    }

    override fun onDraw(canvas: Canvas) {
        val scene = scene ?: return
        canvas.drawColor(0xFFFFFFFF.toInt())
        canvas.translate(left(), top())
        for ((_, frame, drawing) in scene.items) {
            canvas.save()
            when (drawing) {
                is CardDrawing.Qr -> qr(canvas, paint, frame, drawing.rows, drawing.dark.ink(), drawing.light.ink(), scale)
                else -> {
                    canvas.scale(scale, scale)
                    canvas.draw(frame, drawing)
                }
            }
            canvas.restore()
        }
    }

    private fun Canvas.draw(frame: CardRectangle, drawing: CardDrawing) = when (drawing) {
        is CardDrawing.Fill -> {
            paint.color = drawing.colour.ink()
            val (right, bottom) = frame.x + frame.width to frame.y + frame.height
            drawRoundRect(frame.x, frame.y, right, bottom, drawing.radius, drawing.radius, paint)
        }
        is CardDrawing.Outline -> {
            paint.color = drawing.colour.ink()
            drawPath(outline(drawing.steps), paint)
        }
        is CardDrawing.Text -> text(frame, drawing)
        is CardDrawing.Qr -> Unit
    }

    private fun outline(steps: List<CardStep>) = Path().apply {
        for (step in steps) when (step) {
            is CardStep.Move -> moveTo(step.x, step.y)
            is CardStep.Line -> lineTo(step.x, step.y)
            is CardStep.Curve -> cubicTo(step.x1, step.y1, step.x2, step.y2, step.x, step.y)
            is CardStep.Finish -> close()
        }
    }

    // One line, made smaller to fit, then by its rule: see `fit` in core/card/src/text.rs.
    private fun Canvas.text(frame: CardRectangle, line: CardDrawing.Text) {
        paint.color = line.ink.ink()
        paint.textLocale = look.locale
        paint.typeface = if (line.bold) Typeface.DEFAULT_BOLD else Typeface.DEFAULT
        paint.textScaleX = 1f
        val room = if (line.turned) frame.height else frame.width
        fun wide(words: String, size: Float) = paint.apply { textSize = size }.measureText(words)
        var words = line.text
        var size = line.size
        val natural = wide(words, size)
        if (natural > room) {
            size = max(line.minimumSize, floor(line.size * room / natural * 4) / 4)
            while (line.ellipsis && words.length > 1 && wide(words, size) > room) {
                val letters = words.removeSuffix("…")
                words = letters.substring(0, letters.offsetByCodePoints(letters.length, -1)).trimEnd() + "…"
            }
            // A text that may not be cut is made narrower.
            paint.textScaleX = min(1f, room / wide(words, size))
        }
        paint.textSize = size
        val (along, align) = when (line.align) {
            CardAlign.START -> 0f to Paint.Align.LEFT
            CardAlign.CENTRE -> 0.5f to Paint.Align.CENTER
            CardAlign.END -> 1f to Paint.Align.RIGHT
        }
        paint.textAlign = align
        val baseline = line.baseline - (line.size - size) * 0.37f
        if (line.turned) {
            translate(baseline, frame.y + frame.height * (1 - along))
            rotate(-90f)
            drawText(words, 0f, 0f, paint)
        } else {
            drawText(words, frame.x + frame.width * along, baseline, paint)
        }
    }
}

/** A colour of the scene, opaque. */
private fun UInt.ink(): Int = (this or 0xFF000000U).toInt()

/** Modules are whole pixels of the device, in the middle of the frame; the light colour fills the frame. */
internal fun qr(canvas: Canvas, paint: Paint, frame: CardRectangle, rows: List<String>, dark: Int, light: Int, scale: Float) {
    val left = (frame.x * scale).roundToInt()
    val top = (frame.y * scale).roundToInt()
    val width = ((frame.x + frame.width) * scale).roundToInt() - left
    val height = ((frame.y + frame.height) * scale).roundToInt() - top
    fun fill(x: Int, y: Int, wide: Int, high: Int, colour: Int) {
        paint.color = colour
        canvas.drawRect(x.toFloat(), y.toFloat(), (x + wide).toFloat(), (y + high).toFloat(), paint)
    }
    fill(left, top, width, height, light)
    val across = rows.size + 2 * QUIET
    val module = max(1, min(width, height) / across)
    val x = left + (width - module * across) / 2 + module * QUIET
    val y = top + (height - module * across) / 2 + module * QUIET
    rows.forEachIndexed { down, row ->
        var at = row.indexOf('#')
        while (at >= 0) {
            val end = row.indexOf('.', at).let { if (it < 0) row.length else it }
            fill(x + at * module, y + down * module, (end - at) * module, module, dark)
            at = row.indexOf('#', end)
        }
    }
}

/** A QR code that is not the card. */
@SuppressLint("ViewConstructor")
internal class QrPlace(context: Context, private val rows: List<String>, private val side: Int) : View(context) {
    private val paint = Paint()

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val room = min(MeasureSpec.getSize(widthMeasureSpec), side)
        setMeasuredDimension(room, room)
    }

    override fun onDraw(canvas: Canvas) {
        val frame = CardRectangle(0f, 0f, width.toFloat(), height.toFloat())
        qr(canvas, paint, frame, rows, 0xFF000000.toInt(), 0xFFFFFFFF.toInt(), 1f)
    }
}
