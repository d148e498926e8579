package org.liangma.app

import android.annotation.SuppressLint
import android.content.Context
import android.view.View
import android.view.ViewGroup
import kotlin.math.max

/** Views beside each other, all of one width: as many in a line as there is room for the widest. */
@SuppressLint("ViewConstructor")
internal class Beside(context: Context, views: List<View>, private val gap: Int) : ViewGroup(context) {
    private var across = 1

    init {
        views.forEach(::addView)
    }

    private fun children() = List(childCount, ::getChildAt)

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val room = MeasureSpec.getSize(widthMeasureSpec)
        val free = MeasureSpec.makeMeasureSpec(0, MeasureSpec.UNSPECIFIED)
        val widest = children().maxOfOrNull { it.measure(free, free); it.measuredWidth } ?: 0
        val most = ((room + gap) / max(1, widest + gap)).coerceIn(1, max(1, childCount))
        // Four in two lines of two, and not of three and one.
        val lines = (childCount + most - 1) / most
        across = if (lines == 0) 1 else (childCount + lines - 1) / lines
        val each = MeasureSpec.makeMeasureSpec((room - gap * (across - 1)) / across, MeasureSpec.EXACTLY)
        children().forEach { it.measure(each, free) }
        val high = children().chunked(across).sumOf { line -> line.maxOf(View::getMeasuredHeight) + gap } - gap
        setMeasuredDimension(room, max(0, high))
    }

    override fun onLayout(changed: Boolean, l: Int, t: Int, r: Int, b: Int) {
        var top = 0
        for (line in children().chunked(across)) {
            line.forEachIndexed { at, view ->
                val left = at * (view.measuredWidth + gap)
                val start = if (layoutDirection == LAYOUT_DIRECTION_RTL) width - left - view.measuredWidth else left
                view.layout(start, top, start + view.measuredWidth, top + view.measuredHeight)
            }
            top += line.maxOf(View::getMeasuredHeight) + gap
        }
    }
}
