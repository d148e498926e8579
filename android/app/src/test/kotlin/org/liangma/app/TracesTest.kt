package org.liangma.app

import android.os.Build
import android.view.WindowManager.LayoutParams
import java.io.File
import java.time.Instant
import java.time.temporal.ChronoUnit
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.liangma.Brightness
import org.liangma.Kind
import org.liangma.Rehearsal
import org.liangma.Screen
import org.liangma.Widget
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.util.ReflectionHelpers

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

    @Test
    fun `the light goes down after the time that the screen says`() {
        val lit = screens("first-use-to-a-lit-code").first { it.brightness is Brightness.Raised }
        val seconds = (lit.brightness as Brightness.Raised).seconds.toLong()
        glass { activity ->
            fun light() = activity.window.attributes.screenBrightness
            activity.show(lit)
            pass(seconds - 1)
            assertEquals(1f, light())
            pass(1)
            assertEquals(LayoutParams.BRIGHTNESS_OVERRIDE_NONE, light())
        }
    }

    @Test
    fun `a countdown goes by the clock that nobody sets and says its milestones`() {
        val login = screens("first-use-to-a-lit-code").first { it.route == "login.code" }
        val until = Instant.now().plusSeconds(100).truncatedTo(ChronoUnit.SECONDS).toString()
        val ending = Widget("end", "Ends in", null, null, null, null, false, Kind.Countdown(until, listOf(60U)))
        glass { activity ->
            activity.show(login.copy(widgets = listOf(ending)))
            settle()
            fun left() = Regex("Ends in ([0-9]+):([0-9]{2})").find(heard(activity.content).last().label)!!
                .groupValues.drop(1).map(String::toInt).let { (minutes, seconds) -> minutes * 60 + seconds }
            val before = left()
            assertTrue("$before", before in 90..100)
            // The wall clock stands nearly still meanwhile.
            pass(80)
            assertTrue("$before, then ${left()}", left() in before - 82..before - 79)
            pass(30)
            assertEquals(0, left())
        }
    }

    @Test
    fun `where the phone cannot keep the glass out of the list of recent programs it is blank there`() {
        val controller = Robolectric.buildActivity(GlassActivity::class.java).setup()
        settle()
        val activity = controller.get()
        activity.show(screens("first-use-to-a-lit-code").first { it.route == "login.person" })
        settle()
        fun colours() = picture(activity.content).run {
            IntArray(width * height).also { getPixels(it, 0, width, 0, 0, width, height) }.toSet()
        }
        assertTrue("the page is there", colours().size > 2)
        val newest = Build.VERSION.SDK_INT
        try {
            ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", ANDROID_12)
            controller.pause()
            settle()
            assertEquals("only the ground is there", 1, colours().size)
        } finally {
            ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", newest)
        }
        controller.resume()
        settle()
        assertTrue("the page is there again", colours().size > 2)
        controller.close()
    }

    private fun screens(trace: String): List<Screen> =
        Rehearsal(File(root, "ui-spec/traces/$trace.json").readText()).use { rehearsal ->
            listOf(rehearsal.screen()) + generateSequence { rehearsal.nextStep()?.screen }
        }

    private fun glass(use: (GlassActivity) -> Unit) {
        val controller = Robolectric.buildActivity(GlassActivity::class.java).setup()
        settle()
        use(controller.get())
        controller.close()
    }

    private fun everyScreen(look: (String, GlassActivity, Screen) -> Unit) {
        val files = File(root, "ui-spec/traces").listFiles { file -> file.extension == "json" }.orEmpty().sorted()
        assertTrue("there are ${files.size} traces", files.size >= 50)
        val known = HashSet<Screen>()
        glass { activity ->
            for (file in files) {
                screens(file.nameWithoutExtension).forEachIndexed { at, screen ->
                    if (!known.add(screen)) return@forEachIndexed
                    activity.show(screen)
                    look("${file.name}, screen $at (${screen.route})", activity, screen)
                }
                settle()
            }
        }
    }
}
