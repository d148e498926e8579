package org.liangma.app

import android.Manifest.permission.CAMERA
import android.app.Activity
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Color
import android.net.Uri
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
import org.robolectric.shadows.ShadowToast

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
    fun `a picture is chosen without any right and one without a code is told`() = glass(Kind.PicturePicker) { activity ->
        find<Button>(activity.content)!!.performClick()
        val asked = shadowOf(activity).nextStartedActivityForResult
        assertEquals(Intent.ACTION_GET_CONTENT, asked.intent.action)
        assertNull(shadowOf(activity).lastRequestedPermission)
        val place = Uri.parse("content://pictures/plain")
        val png = png(plain(300, 300))
        shadowOf(activity.contentResolver).registerInputStreamSupplier(place) { ByteArrayInputStream(png) }
        shadowOf(activity).receiveResult(asked.intent, Activity.RESULT_OK, Intent().setData(place))
        sees("that there was no code") { ShadowToast.getTextOfLatestToast() != null }
    }

    @Test
    fun `the camera is asked for once and only where a page reads codes`() = glass(null) { activity ->
        assertNull(shadowOf(activity).lastRequestedPermission)
        activity.show(page(Kind.Scanner(false)))
        settle()
        assertEquals(listOf(CAMERA), shadowOf(activity).lastRequestedPermission?.requestedPermissions?.toList())
        assertEquals("Point it at a code", find<Lens>(activity.content)!!.contentDescription.toString())
        activity.onRequestPermissionsResult(3, arrayOf(CAMERA), intArrayOf(-1))
        val told = ShadowToast.shownToastCount()
        assertEquals(1, told)
        activity.show(page(Kind.Scanner(true)))
        settle()
        assertTrue(find<Lens>(activity.content)!!.torch)
    }

    private fun page(kind: Kind): Screen {
        val login = Rehearsal(File(root, "ui-spec/traces/first-use-to-a-lit-code.json").readText()).use { it.screen() }
        return login.copy(widgets = listOf(Widget("scanner", "Point it at a code", null, null, null, null, false, kind)))
    }

    private fun glass(kind: Kind?, use: (GlassActivity) -> Unit) {
        ShadowToast.reset()
        val controller = Robolectric.buildActivity(GlassActivity::class.java).setup()
        settle()
        kind?.let { controller.get().show(page(it)) }
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
