package org.liangma.app

import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Rect
import android.net.Uri
import android.os.Bundle
import android.provider.Settings
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager.LayoutParams
import android.widget.Button
import android.widget.EditText
import android.widget.TextView
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.liangma.Kind
import org.liangma.Phone
import org.liangma.Platform
import org.liangma.Screen
import org.liangma.Widget
import org.liangma.green
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** The whole shell on a real platform: clicks, typed text, and what a phone does to a program. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], qualifiers = "zh-rCN-w360dp-h720dp-420dpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class LifeTest {
    private lateinit var platform: Platform
    private lateinit var glass: ActivityController<GlassActivity>
    private val app get() = RuntimeEnvironment.getApplication() as LiangmaApplication
    private val activity get() = glass.get()

    @Before
    fun start() {
        Hardware.install()
        platform = Platform()
        Settings.Secure.putString(app.contentResolver, Settings.Secure.ANDROID_ID, "0123456789abcdef")
        Settings.Global.putInt(app.contentResolver, "boot_count", 7)
        install()
        glass = Robolectric.buildActivity(GlassActivity::class.java).setup()
    }

    @After
    fun stop() {
        glass.close()
        phone()?.destroy()
        platform.close()
    }

    /** What a deployment puts into the program, in a package beside it. */
    private fun install() {
        val beside = File.createTempFile("installation", ".apk")
        ZipOutputStream(beside.outputStream()).use { zip ->
            fun put(name: String, bytes: ByteArray) {
                zip.putNextEntry(ZipEntry("assets/installation/$name"))
                zip.write(bytes)
            }
            put("platform.txt", "${platform.address}\n".toByteArray())
            put("trust-root.cbor", platform.trustRoot)
        }
        val assets = app.assets
        assets.javaClass.getMethod("addAssetPath", String::class.java).invoke(assets, beside.path)
    }

    private val held = LiangmaApplication::class.java.getDeclaredField("phone").apply { isAccessible = true }

    private fun phone() = held.get(app) as Phone?

    private val screen: Screen? get() = phone()?.screen()

    // ---- a person with a phone in hand

    private fun <T : View> all(type: Class<T>, below: View = activity.content): List<T> =
        listOf(below).filter(type::isInstance).map(type::cast).map { it!! } + when {
            below.visibility != View.VISIBLE -> emptyList()
            below is ViewGroup -> List(below.childCount, below::getChildAt).flatMap { all(type, it) }
            else -> emptyList()
        }

    private fun widget(id: String, of: List<Widget> = screen?.widgets.orEmpty()): Widget? = of.firstNotNullOfOrNull {
        if (it.id == id) it else (it.kind as? Kind.Section)?.let { section -> widget(id, section.widgets) }
    }

    private fun button(id: String): Button? {
        val label = widget(id)?.takeIf { it.whyNot == null }?.label ?: return null
        return all(Button::class.java).firstOrNull { it.text.toString() == label && it.isEnabled }
    }

    private fun field(id: String): EditText? {
        val label = widget(id)?.label ?: return null
        val above = all(TextView::class.java).firstOrNull { it.labelFor != View.NO_ID && it.text.toString() == label }
        return above?.let { activity.findViewById(it.labelFor) }
    }

    private fun press(route: String, id: String) {
        sees("$id on $route, but ${screen?.route}") { screen?.route == route && title() == screen?.title && button(id) != null }
        // A press as soon as a page has turned is taken for the second half of a double tap.
        Thread.sleep(320)
        settle()
        button(id)!!.performClick()
    }

    private fun title() = activity.title.toString()

    private fun type(id: String, text: String) {
        sees("the field $id") { field(id) != null }
        field(id)!!.setText(text)
    }

    private fun toTheLogin() {
        for (page in listOf("first.language", "first.view", "first.about")) press(page, "on")
        type("name", green.name)
        type("document_number", green.document)
        type("phone", green.phone)
    }

    private fun toTheCode() {
        toTheLogin()
        press("login.person", "send")
        val code = platform.loginCode(green)
        sees("the page for the code") { screen?.route == "login.code" }
        type("code", code)
        press("login.code", "log-in")
        press("consent.health-code", "agree")
        press("verify", "face")
        press("consent.face-check", "agree")
        press("verify.face", "go")
        glass.newIntent(Intent(Intent.ACTION_VIEW, passed()))
        sees("the code") { screen?.route == "code" && card() != null }
    }

    /** Passes the sandbox's face check, as a person in a browser does. */
    private fun passed(): Uri {
        var sent: Intent? = null
        sees("the way to the provider") { shadowOf(app).nextStartedActivity?.also { sent = it } != null }
        val page = URI(sent!!.data.toString())
        val ticket = Regex("ticket=([^&]+)").find(page.query)!!.groupValues[1]
        val request = HttpRequest.newBuilder(page.resolve("/outcomes")).header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("""{"ticket":"$ticket","outcome":"pass"}""")).build()
        val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body()
        fun said(name: String) = Regex("\"$name\":\"([^\"]+)\"").find(answer)!!.groupValues[1]
        return Uri.parse("https://liangma.example/face?state=${said("state")}&handle=${said("handle")}")
    }

    private fun card(): CardPlace? = all(CardPlace::class.java).firstOrNull { it.isShown && it.childCount > 0 }

    @Test
    fun `a person comes from the first start to a lit code`() {
        toTheCode()
        settle()
        val card = card()!!
        assertTrue(activity.isSecure)
        assertEquals(1f, activity.window.attributes.screenBrightness)
        keep("android-normal", picture(activity.content))
    }
}
