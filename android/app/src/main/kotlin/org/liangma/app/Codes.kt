package org.liangma.app

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.net.Uri
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.LuminanceSource
import com.google.zxing.NotFoundException
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.multi.qrcode.QRCodeMultiReader
import java.io.IOException

/** Finds QR codes in pictures. What a code says is the core's to judge. */
internal object Codes {
    private val thoroughly = mapOf(DecodeHintType.TRY_HARDER to true)
    /** A side of a picture that is looked at; a larger one is made smaller while it is read. */
    private const val LONGEST = 2_000

    /** What a picture holds: a code's text, an empty one for a code that cannot be read; null for none, or several. */
    fun inPicture(picture: Bitmap): String? {
        val (wide, high) = picture.width to picture.height
        val points = IntArray(wide * high).also { picture.getPixels(it, 0, wide, 0, 0, wide, high) }
        return only(RGBLuminanceSource(wide, high, points))
    }

    /** The same in what a camera sees: one byte of brightness a point, `stride` bytes a line. */
    fun inFrame(brightness: ByteArray, stride: Int, wide: Int, high: Int): String? =
        only(PlanarYUVLuminanceSource(brightness, stride, high, 0, 0, wide, high, false))

    /**
     * A picture that the person chose, small enough to be looked at.
     *
     * @throws IOException where it cannot be read
     */
    fun picture(from: ContentResolver, place: Uri): Bitmap? {
        fun read(options: BitmapFactory.Options) = from.openInputStream(place)?.use { BitmapFactory.decodeStream(it, null, options) }
        val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        read(size)
        val longer = maxOf(size.outWidth, size.outHeight)
        if (longer <= 0) return null
        // A power of two: a phone rounds others down.
        val smaller = generateSequence(1) { it * 2 }.first { longer / it <= LONGEST }
        return read(BitmapFactory.Options().apply { inSampleSize = smaller })
    }

    private fun only(source: LuminanceSource): String? = try {
        val codes = QRCodeMultiReader().decodeMultiple(BinaryBitmap(HybridBinarizer(source)), thoroughly)
        if (codes.isEmpty()) "" else codes.singleOrNull()?.text
    } catch (_: NotFoundException) {
        null
    }
}
