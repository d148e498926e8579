package org.liangma

import java.nio.file.Path
import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.withTimeout
import org.liangma.embedding.Asked
import org.liangma.embedding.fromNothingToALitCode

/** A glass that keeps the screen in front. */
class Glass : PhoneListener {
    private val front = MutableStateFlow<Screen?>(null)
    val performed = CopyOnWriteArrayList<Effect>()

    override fun show(screen: Screen) {
        front.value = screen
    }

    override fun perform(effect: Effect) {
        performed.add(effect)
    }

    /** Waits until a screen is as wanted. */
    suspend fun sees(what: String, wanted: (Screen) -> Boolean): Screen = try {
        withTimeout(30_000) { front.filterNotNull().first(wanted) }
    } catch (error: Exception) {
        throw AssertionError("never saw $what; ${front.value?.route} has ${front.value?.widgets?.map { it.id }}", error)
    }
}

/** A person with a phone in hand. */
class Hand(val phone: Phone, val glass: Glass) {
    suspend fun press(route: String, widget: String) {
        glass.sees("$widget on $route") { it.route == route && has(it.widgets, widget) }
        phone.send(Event.Pressed(widget))
    }

    suspend fun type(route: String, widget: String, text: String) {
        glass.sees(route) { it.route == route }
        phone.typed(widget, text, 1u)
        glass.sees("what was typed") { screen ->
            screen.widgets.any { it.id == widget && (it.kind as? Kind.Field)?.text == text }
        }
    }

    private fun has(widgets: List<Widget>, id: String): Boolean = widgets.any { one ->
        when (val kind = one.kind) {
            is Kind.Section -> has(kind.widgets, id)
            else -> one.id == id && one.whyNot == null
        }
    }
}

/** Whether the page in front is the one that says why the terminal is closed, and what to do, in a state's words. */
fun Screen.tells(code: String): Boolean {
    val words = checkNotNull(wordsOfState(code, language)) { "there are no words for $code" }
    val said = widgets.singleOrNull { it.id == "closed" }
    return route == "closed" && said?.label == words.happened && (said.kind as Kind.Notice).act == words.act
}

/** What a phone on a platform is given. */
fun Platform.installation(folder: Path) = Installation(
    folder = folder.toString(),
    platform = address,
    platformRoots = emptyList(),
    platformPins = emptyList(),
    trustRoot = trustRoot,
    languages = listOf("zh-CN"),
)

/** From nothing to a lit code, as the guide shows it. */
suspend fun Terminal.comeToACode(platform: Platform) {
    val asked = Asked(green.form) { platform.loginCode(green) }
    checkNotNull(fromNothingToALitCode(this, asked)) { "the face check did not pass" }
}
