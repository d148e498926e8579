package org.liangma.app

import android.Manifest.permission.CAMERA
import android.app.Activity
import android.content.Intent
import android.content.pm.PackageManager.PERMISSION_DENIED
import android.graphics.Bitmap
import android.graphics.Rect
import android.net.Uri
import android.os.Bundle
import android.provider.Settings
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager.LayoutParams
import android.widget.Button
import android.widget.EditText
import android.widget.RadioButton
import android.widget.Switch
import android.widget.TextView
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.ReaderException
import com.google.zxing.common.BitMatrix
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import com.google.zxing.qrcode.decoder.Decoder
import java.io.ByteArrayOutputStream
import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.liangma.CardDrawing
import org.liangma.CardScene
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

    /** Says yes to what a sheet asks. */
    private fun confirm() {
        fun yes() = screen?.widgets?.firstNotNullOfOrNull { it.kind as? Kind.Sheet }?.confirm?.label
        sees("a question") { all(Button::class.java).any { it.text.toString() == yes() } }
        Thread.sleep(320)
        settle()
        all(Button::class.java).first { it.text.toString() == yes() }.performClick()
    }

    private fun title() = activity.title.toString()

    private fun type(id: String, text: String) {
        sees("the field $id") { field(id) != null }
        field(id)!!.setText(text)
    }

    private fun toTheLogin(view: String? = null) {
        press("first.language", "on")
        sees("the choice of a view") { screen?.route == "first.view" && title() == screen?.title }
        if (view != null) {
            Thread.sleep(320)
            settle()
            all(RadioButton::class.java).first { it.text.toString() == view }.performClick()
            sees("the choice made") { all(RadioButton::class.java).any { it.isChecked && it.text.toString() == view } }
        }
        press("first.view", "on")
        press("first.about", "on")
        type("name", green.name)
        type("document_number", green.document)
        type("phone", green.phone)
    }

    private fun toTheCode(view: String? = null) {
        toTheLogin(view)
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

    /** What a phone does when it turns or its settings change: the glass is built anew, and the program goes on. */
    private fun again(change: () -> Unit) {
        val kept = Bundle()
        glass.pause().stop().saveInstanceState(kept).destroy()
        change()
        glass = Robolectric.buildActivity(GlassActivity::class.java).setup(kept)
    }

    // ---- what is looked at

    /** The card of this moment, as wide as it stands on the glass. */
    private fun scene(): CardScene {
        sees("the card") { card() != null }
        val wide = (card()!!.width / activity.resources.displayMetrics.density).toInt().toUInt()
        return runBlocking { phone()!!.cardView().frame(wide)!!.scene }
    }

    /** The card alone, with what it shows at one moment. */
    private fun drawn(scene: CardScene): Bitmap {
        sees("the card") { card() != null }
        val card = card()!!
        card.show(scene)
        return picture(card)
    }

    /** What the core put into the code. */
    private fun text(scene: CardScene): String {
        val rows = scene.items.firstNotNullOf { it.drawing as? CardDrawing.Qr }.rows
        val bits = BitMatrix(rows.size)
        rows.forEachIndexed { y, row -> row.forEachIndexed { x, module -> if (module == '#') bits.set(x, y) } }
        return Decoder().decode(bits).text
    }

    /** What a reader finds in a picture; it may look again at another size, as at somebody's hand that moves. */
    private fun read(picture: Bitmap): String? = sequenceOf(1f, 2f, 1.5f, 0.75f).firstNotNullOfOrNull { size ->
        val (wide, high) = (picture.width * size).toInt() to (picture.height * size).toInt()
        val looked = Bitmap.createScaledBitmap(picture, wide, high, true)
        val pixels = IntArray(wide * high).also { looked.getPixels(it, 0, wide, 0, 0, wide, high) }
        val source = BinaryBitmap(HybridBinarizer(RGBLuminanceSource(wide, high, pixels)))
        try {
            QRCodeReader().decode(source, mapOf(DecodeHintType.TRY_HARDER to true)).text
        } catch (_: ReaderException) {
            null
        }
    }

    /** Keeps a picture of the glass with the text of its code beside it, for readers that others wrote. */
    private fun keepCode(name: String) {
        val scene = scene()
        card()!!.show(scene)
        val picture = picture(activity.content)
        val text = text(scene)
        assertEquals(text, read(picture))
        keep(name, picture)
        keep(name, text)
    }

    /** No line of a text is cut, and what is touched is large enough. */
    private fun assertReadable(what: String) {
        val density = activity.resources.displayMetrics.density
        for (view in all(TextView::class.java).filter { it.isShown && it.layout != null }) {
            val room = view.height - view.compoundPaddingTop - view.compoundPaddingBottom
            assertTrue("$what: “${view.text}” has ${view.layout.height} and room for $room", view.layout.height <= room)
            if (view.isClickable) assertTrue("$what: “${view.text}” is ${view.height / density} high", view.height >= 48 * density - 1)
        }
    }

    @Test
    fun `a person comes from the first start to a lit code which stays right however the phone is held`() {
        toTheCode()
        assertTrue(activity.isSecure)
        assertEquals(1f, activity.window.attributes.screenBrightness)
        keepCode("android-normal")
        val said = heard(card()!!).map { it.label }.drop(1)
        val wanted = scene().readingOrder.map { it.label }
        fun still(line: String) = line.replace(Regex("[0-9]{2}:[0-9]{2}(:[0-9]{2})?"), "")
        assertEquals(wanted.map(::still), said.map(::still))

        glass.pause().stop()
        assertEquals("the light goes down", LayoutParams.BRIGHTNESS_OVERRIDE_NONE, activity.window.attributes.screenBrightness)
        glass.restart().start().resume()
        sees("the light again") { activity.window.attributes.screenBrightness == 1f }

        val scene = scene()
        val byDay = drawn(scene)
        again { RuntimeEnvironment.setQualifiers("+night") }
        assertTrue("a dark glass leaves the card alone", byDay.sameAs(drawn(scene)))
        val ground = picture(activity.content).getPixel(2, activity.content.height - 2)
        assertTrue("the glass is dark", (ground and 0xFF) < 0x40)

        again { RuntimeEnvironment.setQualifiers("+notnight"); RuntimeEnvironment.setFontScale(2f) }
        assertTrue("large letters leave the card alone", byDay.sameAs(drawn(scene)))
        assertReadable("the code with letters of 200 %")
        // Android 14 enlarges what is large already by less.
        val letters = button("why")!!.textSize / activity.resources.displayMetrics.density
        assertTrue("$letters", letters > 17 * 1.5)

        again { RuntimeEnvironment.setFontScale(1f); RuntimeEnvironment.setQualifiers("+w720dp-h360dp-land") }
        sees("the card") { card() != null }
        val seen = Rect()
        val card = card()!!
        assertTrue(card.getGlobalVisibleRect(seen))
        assertEquals("no part of the card is off the glass", card.width to card.height, seen.width() to seen.height())
        assertTrue("$seen is on ${activity.content.height}", seen.bottom <= activity.content.height)
        keepCode("android-landscape")
    }

    private fun verdict() = screen?.widgets?.firstNotNullOfOrNull { it.kind as? Kind.Verdict }?.say

    /** The switch of this widget. */
    private fun turn(id: String) {
        sees("the switch $id") { all(Switch::class.java).any { it.text.toString() == widget(id)?.label } }
        all(Switch::class.java).first { it.text.toString() == widget(id)!!.label }.toggle()
    }

    private fun isAsked() = shadowOf(activity).lastRequestedPermission != null

    /** What the phone says to the question about the camera; nothing to one that was interrupted. */
    private fun answer(vararg answers: Int) =
        activity.onRequestPermissionsResult(0, Array(answers.size) { CAMERA }, answers)

    /** From one's own code to where others' are checked. */
    private fun toTheScan() {
        Thread.sleep(320)
        settle()
        activity.content.findViewWithTag<View>("check").performClick()
        press("check", "check-begin")
        press("collector.start", "begin")
    }

    /** Chooses a picture; meanwhile something may happen to the glass. */
    private fun choose(picture: Bitmap, meanwhile: () -> Unit = {}) {
        press("collector.scan", "picture")
        val asked = shadowOf(activity).nextStartedActivityForResult
        meanwhile()
        val place = Uri.parse("content://pictures/code")
        val png = ByteArrayOutputStream().also { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }.toByteArray()
        shadowOf(activity.contentResolver).registerInputStreamSupplier(place) { png.inputStream() }
        shadowOf(activity).callOnActivityResult(asked.requestCode, Activity.RESULT_OK, Intent().setData(place))
    }

    @Test
    fun `a phone that is lent reads a code from a picture without any right and by camera once it may`() {
        toTheCode()
        val code = picture(card()!!)
        toTheScan()
        choose(code)
        sees("that the person may come in") { verdict() == "请进" && all(TextView::class.java).any { it.text.toString() == "请进" } }
        assertFalse("no right was asked for", isAsked())
        assertTrue("what is checked is secret", activity.isSecure)

        turn("camera")
        sees("the question about the camera") { isAsked() }
        answer(PERMISSION_DENIED)
        sees("what to do without it") { widget("no-camera") != null && all(Lens::class.java).isEmpty() }
        press("collector.scan", "next")
        sees("that it is gone") { verdict() == null }
        shadowOf(app).grantPermissions(CAMERA)
        turn("camera")
        sees("the camera") { all(Lens::class.java).isNotEmpty() }
        all(Lens::class.java).single().seen("https://pay.example/t/4711")
        sees("that it is a payment code") { verdict() == "这像是别的码" }

        // A shift is not lost by a step back: it is asked about.
        for (page in listOf("collector.start", "collector.shift")) {
            @Suppress("DEPRECATION")
            activity.onBackPressed()
            sees("the page before, $page") { screen?.route == page && title() == screen?.title }
            assertTrue("the camera is let go", all(Lens::class.java).isEmpty())
        }
        confirm()
        sees("the end of checking") { screen?.route == "code" && title() == screen?.title }
        sees("one's own code") { card() != null }
    }

    @Test
    fun `a phone that is turned during a question or a choice takes the answer when it comes`() {
        toTheCode()
        val code = picture(card()!!)
        toTheScan()
        choose(code) { again { RuntimeEnvironment.setQualifiers("+w720dp-h360dp-land") } }
        sees("that the person may come in") { verdict() == "请进" }

        press("collector.scan", "next")
        turn("camera")
        sees("the question about the camera") { isAsked() }
        again { RuntimeEnvironment.setQualifiers("+w360dp-h720dp-port") }
        sees("the place of the camera") { all(Lens::class.java).isNotEmpty() }
        assertFalse("it is asked once", isAsked())
        answer()
        settle()
        assertTrue("an interruption is no answer", widget("no-camera") == null && all(Lens::class.java).isNotEmpty())
        answer(PERMISSION_DENIED)
        sees("what to do without it") { widget("no-camera") != null && all(Lens::class.java).isEmpty() }
    }

    @Test
    fun `the care view is lit too`() {
        toTheCode("大字")
        keepCode("android-care")
        assertReadable("the care view")
    }

    @Test
    fun `what was typed is there after the program was killed and back leads back`() {
        toTheLogin()
        sees("what was typed in the core") { (widget("phone")?.kind as? Kind.Field)?.text == green.phone }
        assertTrue("a page with personal data is secret", activity.isSecure)
        again {
            settle()
            phone()!!.destroy()
            held.set(app, null)
        }
        sees("the page again") { screen?.route == "login.person" && field("name") != null }
        assertEquals(listOf(green.name, green.document, green.phone), listOf("name", "document_number", "phone").map { field(it)!!.text.toString() })
        Thread.sleep(320)
        settle()
        all(Button::class.java).first { it.contentDescription?.toString() == "返回" }.performClick()
        sees("the page before") { screen?.route == "first.about" && title() == screen?.title }
        @Suppress("DEPRECATION")
        activity.onBackPressed()
        sees("the page before that") { screen?.route == "first.view" }
    }
}
