package org.liangma.app

import android.Manifest.permission.CAMERA
import android.app.Activity
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Color
import android.net.Uri
import android.os.SystemClock
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import com.google.zxing.BarcodeFormat
import com.google.zxing.qrcode.QRCodeWriter
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.liangma.Kind
import org.liangma.Rehearsal
import org.liangma.Screen
import org.liangma.Widget
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Reading codes: what is found in a picture, and what the shell asks the phone for. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], qualifiers = "w360dp-h720dp-420dpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class CodesTest {
    private val text = "LM1:6BFOXN%TSMAHN-H"

    @Test
    fun `the one code of a picture is read and none where there are two`() {
        assertEquals(text, Codes.inPicture(code(text)))
        assertNull(Codes.inPicture(plain(300, 300)))
        val two = plain(700, 320)
        for ((at, words) in listOf("one", "other").withIndex()) copy(code(words), two, at * 340 + 20)
        assertNull("which of the two is meant nobody knows", Codes.inPicture(two))
    }

    @Test
    fun `a code is read in what a camera sees whose lines are longer than the picture`() {
        val picture = code(text)
        val stride = picture.width + 37
        val brightness = ByteArray(stride * picture.height) { 0x55 }
        for (y in 0 until picture.height) for (x in 0 until picture.width) {
            brightness[y * stride + x] = Color.green(picture.getPixel(x, y)).toByte()
        }
        assertEquals(text, Codes.inFrame(brightness, stride, picture.width, picture.height))
    }

    @Test
    fun `a huge picture is made smaller while it is read`() {
        val place = Uri.parse("content://pictures/huge")
        val activity = Robolectric.setupActivity(Activity::class.java)
        val png = png(plain(4_100, 100))
        shadowOf(activity.contentResolver).registerInputStreamSupplier(place) { ByteArrayInputStream(png) }
        val read = Codes.picture(activity.contentResolver, place)!!
        assertTrue("${read.width}", read.width <= 2_000)
    }

    @Test
    fun `a code that cannot be read is told from no code at all`() {
        val torn = code(text)
        for (y in 120 until 220) for (x in 120 until 220) torn.setPixel(x, y, Color.BLACK)
        assertEquals("", Codes.inPicture(torn))
    }

    @Test
    fun `a picture is chosen without any right`() = glass(page(Kind.PicturePicker)) { activity ->
        find<Button>(activity.content)!!.performClick()
        val asked = shadowOf(activity).nextStartedActivityForResult
        assertEquals(Intent.ACTION_GET_CONTENT, asked.intent.action)
        assertNull(shadowOf(activity).lastRequestedPermission)
    }

    @Test
    fun `the camera is asked for once it is switched on and stays on the glass while words around it change`() {
        glass(page(Kind.Scanner(false), whyNot = "Switch it on")) { activity ->
            assertNull(find<Lens>(activity.content))
            assertNull(shadowOf(activity).lastRequestedPermission)
            activity.show(page(Kind.Scanner(false)))
            settle()
            assertEquals(listOf(CAMERA), shadowOf(activity).lastRequestedPermission?.requestedPermissions?.toList())
            val lens = find<Lens>(activity.content)!!
            var left = 0
            lens.addOnAttachStateChangeListener(object : View.OnAttachStateChangeListener {
                override fun onViewAttachedToWindow(view: View) = Unit
                override fun onViewDetachedFromWindow(view: View) { left += 1 }
            })
            val above = Widget("verdict-1", "Come in", null, null, null, null, false, Kind.Text)
            activity.show(page(Kind.Scanner(true), hint = "Hold it flat", above = above))
            settle()
            activity.show(page(Kind.Scanner(true)))
            settle()
            assertEquals("the camera was let go", 0, left)
            assertTrue(find<Lens>(activity.content) === lens && lens.torch)
            activity.show(page(Kind.Scanner(false), whyNot = "It was refused"))
            settle()
            assertEquals("the camera is let go", 1, left)
        }
    }

    @Test
    fun `what stays before the camera is handed on once a second`() {
        val read = mutableListOf<String>()
        val lens = Lens(Robolectric.setupActivity(Activity::class.java), 300, { read += it }, {})
        repeat(21) {
            lens.seen("one")
            SystemClock.sleep(100)
        }
        lens.seen("other")
        assertEquals(listOf("one", "one", "one", "other"), read)
    }

    private fun page(kind: Kind, hint: String? = null, whyNot: String? = null, above: Widget? = null): Screen {
        val login = Rehearsal(File(root, "ui-spec/traces/first-use-to-a-lit-code.json").readText()).use { it.screen() }
        val reader = Widget("scanner", "Point it at a code", null, hint, whyNot, null, false, kind)
        return login.copy(widgets = listOfNotNull(above, reader))
    }

    private fun glass(page: Screen, use: (GlassActivity) -> Unit) {
        val controller = Robolectric.buildActivity(GlassActivity::class.java).setup()
        settle()
        controller.get().show(page)
        settle()
        use(controller.get())
        controller.close()
    }

    private inline fun <reified T : View> find(view: View): T? = all(view).filterIsInstance<T>().firstOrNull()

    private fun all(view: View): List<View> =
        listOf(view) + ((view as? ViewGroup)?.let { group -> (0 until group.childCount).flatMap { all(group.getChildAt(it)) } }.orEmpty())

    private fun plain(wide: Int, high: Int) =
        Bitmap.createBitmap(wide, high, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.WHITE) }

    private fun code(words: String): Bitmap {
        val matrix = QRCodeWriter().encode(words, BarcodeFormat.QR_CODE, 300, 300)
        return plain(300, 300).apply {
            for (y in 0 until 300) for (x in 0 until 300) if (matrix[x, y]) setPixel(x, y, Color.BLACK)
        }
    }

    private fun copy(from: Bitmap, to: Bitmap, left: Int) {
        for (y in 0 until from.height) for (x in 0 until from.width) to.setPixel(left + x, y + 10, from.getPixel(x, y))
    }

    private fun png(picture: Bitmap) =
        ByteArrayOutputStream().also { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }.toByteArray()
}
