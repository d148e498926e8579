package org.liangma.app

import android.view.WindowManager.LayoutParams
import java.io.File
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.liangma.Brightness
import org.liangma.Rehearsal
import org.liangma.Screen
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Every screen of every golden trace, drawn by the real shell. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], qualifiers = "w360dp-h720dp-420dpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class TracesTest {
    private val wrong = mutableListOf<String>()

    @Test
    fun `every screen is said as the core says it and is secret and bright where the core says so`() {
        everyScreen { where, activity, screen ->
            read(where, heard(activity.content), Wanted(screen).all())
            same("$where: secret", !screen.capture, activity.isSecure)
            val flags = activity.window.attributes.flags
            same("$where: awake", screen.keepAwake, flags and LayoutParams.FLAG_KEEP_SCREEN_ON != 0)
            val bright = if (screen.brightness is Brightness.Raised) 1f else LayoutParams.BRIGHTNESS_OVERRIDE_NONE
            same("$where: bright", bright, activity.window.attributes.screenBrightness)
        }
        assertTrue("${wrong.size} are wrong:\n${wrong.take(10).joinToString("\n")}", wrong.isEmpty())
    }

    private fun same(what: String, wanted: Any, found: Any) {
        if (wanted != found) wrong += "$what: wanted $wanted, found $found"
    }

    private fun read(where: String, heard: List<Said>, wanted: List<Said>) {
        heard.filter { it.label.isBlank() }.forEach { wrong += "$where: $it has no words" }
        val pairs = wanted.map(::still).zip(heard.map(::still))
        val first = pairs.takeWhile { (one, other) -> one == other }.size
        if (first == wanted.size && first == heard.size) return
        wrong += "$where, after $first: wanted ${wanted.drop(first).take(4)}\n  heard  ${heard.drop(first).take(4)}"
    }

    // A countdown goes on by itself.
    private fun still(said: Said) = said.copy(label = said.label.replace(Regex(" [0-9]+:[0-9]{2}$"), ""))

    private fun everyScreen(look: (String, GlassActivity, Screen) -> Unit) {
        val files = File(root, "ui-spec/traces").listFiles { file -> file.extension == "json" }.orEmpty().sorted()
        assertTrue("there are ${files.size} traces", files.size >= 50)
        val controller = Robolectric.buildActivity(GlassActivity::class.java).setup()
        val activity = controller.get()
        settle()
        val known = HashSet<Screen>()
        for (file in files) Rehearsal(file.readText()).use { rehearsal ->
            var at = 0
            var screen: Screen? = rehearsal.screen()
            while (screen != null) {
                if (known.add(screen)) {
                    activity.show(screen)
                    look("${file.name}, screen $at (${screen.route})", activity, screen)
                }
                screen = rehearsal.nextStep()?.screen
                at += 1
            }
            settle()
        }
        controller.close()
    }
}
