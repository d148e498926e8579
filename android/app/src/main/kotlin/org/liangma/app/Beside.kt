package org.liangma.app

import android.annotation.SuppressLint
import android.content.Context
import android.view.View
import android.view.ViewGroup

/** Views beside each other: as many in a line as have room for their words, all of a line of one width. */
@SuppressLint("ViewConstructor")
internal class Beside(context: Context, views: List<View>, private val gap: Int) : ViewGroup(context) {
    private var lines: List<List<View>> = emptyList()

    init {
        views.forEach(::addView)
    }

    private fun each(room: Int, count: Int) = (room - gap * (count - 1)) / count

    private fun height(line: List<View>) = line.maxOf(View::getMeasuredHeight)

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val room = MeasureSpec.getSize(widthMeasureSpec)
        val free = MeasureSpec.makeMeasureSpec(0, MeasureSpec.UNSPECIFIED)
        val packed = mutableListOf<MutableList<View>>()
        for (view in List(childCount, ::getChildAt)) {
            view.measure(free, free)
            val more = packed.lastOrNull()?.takeIf { line -> (line + view).all { it.measuredWidth <= each(room, line.size + 1) } }
            if (more == null) packed += mutableListOf(view) else more += view
        }
        for (line in packed) {
            val wide = MeasureSpec.makeMeasureSpec(each(room, line.size), MeasureSpec.EXACTLY)
            line.forEach { it.measure(wide, free) }
        }
        lines = packed
        setMeasuredDimension(room, lines.sumOf { height(it) + gap } - if (lines.isEmpty()) 0 else gap)
    }

    override fun onLayout(changed: Boolean, l: Int, t: Int, r: Int, b: Int) {
        var top = 0
        for (line in lines) {
            line.forEachIndexed { at, view ->
                val left = at * (view.measuredWidth + gap)
                val start = if (layoutDirection == LAYOUT_DIRECTION_RTL) width - left - view.measuredWidth else left
                view.layout(start, top, start + view.measuredWidth, top + view.measuredHeight)
            }
            top += height(line) + gap
        }
    }
}
