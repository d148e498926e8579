package org.liangma.app

import android.view.View
import android.view.ViewGroup
import android.view.accessibility.AccessibilityNodeInfo
import android.view.accessibility.AccessibilityNodeInfo.AccessibilityAction
import android.widget.EditText
import android.widget.TextView

/** What a screen reader says at one place: what it is, its words, and its state. */
data class Said(val role: String, val label: String, val state: Set<String> = emptySet()) {
    override fun toString() = "$role “$label”${if (state.isEmpty()) "" else " $state"}"
}

/** Everything that a screen reader finds below a view, in the order of reading. */
fun heard(view: View): List<Said> {
    if (view.visibility != View.VISIBLE) return emptyList()
    when (view.importantForAccessibility) {
        View.IMPORTANT_FOR_ACCESSIBILITY_NO_HIDE_DESCENDANTS -> return emptyList()
        View.IMPORTANT_FOR_ACCESSIBILITY_NO -> return inside(view).flatMap(::heard)
    }
    val node = view.createAccessibilityNodeInfo()
    val touched = node.isClickable || node.isCheckable || node.isEditable || node.isFocusable && view !is ViewGroup
    val own = node.contentDescription?.toString() ?: node.text?.toString()?.takeUnless { node.isEditable }
    if (!touched) {
        val here = own?.takeIf { it.isNotEmpty() }?.let { listOf(Said("text", it, states(node))) }
        return here.orEmpty() + inside(view).flatMap(::heard)
    }
    // A control is said as a whole: with the words inside of it, where it has none of its own.
    val (controls, words) = inside(view).flatMap(::heard).partition { it.role != "text" }
    val label = own ?: named(view) ?: words.joinToString(" ") { it.label }
    return listOf(Said(role(node), label, states(node))) + controls
}

private fun inside(view: View): List<View> =
    (view as? ViewGroup)?.let { group -> List(group.childCount, group::getChildAt) }.orEmpty()

/** The words of the view that says what this one is for. */
private fun named(view: View): String? {
    if (view !is EditText) return null
    fun find(at: View): TextView? =
        if (at.labelFor == view.id && at is TextView) at else inside(at).firstNotNullOfOrNull(::find)
    return find(view.rootView)?.let { (it.contentDescription ?: it.text).toString() }
}

private fun role(node: AccessibilityNodeInfo): String = when (val name = node.className.toString().substringAfterLast('.')) {
    "EditText" -> if (node.isPassword) "password" else "field"
    else -> name.lowercase()
}

private fun states(node: AccessibilityNodeInfo): Set<String> = buildSet {
    if (!node.isEnabled) add("disabled")
    if (node.isChecked) add("checked")
    if (node.isSelected) add("selected")
    if (node.isHeading) add("heading")
    if (node.isContentInvalid) add("wrong: ${node.error}")
    if (AccessibilityAction.ACTION_EXPAND in node.actionList) add("closed")
    if (AccessibilityAction.ACTION_COLLAPSE in node.actionList) add("open")
}
