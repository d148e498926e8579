package org.liangma.app

import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Looper
import android.view.View
import android.view.WindowManager.LayoutParams
import java.io.File
import java.time.Duration
import org.robolectric.Shadows.shadowOf

/** The root of the checkout. */
val root = File(System.getProperty("liangma.root", "../.."))

private var looked = System.nanoTime()

/** Lets the phone do what it has to, and its clocks go on as the real one did. */
fun settle() {
    val now = System.nanoTime()
    shadowOf(Looper.getMainLooper()).idleFor(Duration.ofNanos(maxOf(now - looked, 16_000_000L)))
    looked = now
}

/** Waits for something on the glass; fails with words after half a minute. */
fun sees(what: String, wanted: () -> Boolean) {
    val began = System.nanoTime()
    settle()
    while (!wanted()) {
        if (System.nanoTime() - began > 30_000_000_000L) throw AssertionError("never saw $what")
        Thread.sleep(5)
        settle()
    }
}

/** Lets time pass without waiting for it. */
fun pass(seconds: Long) = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(seconds))

/** Draws what is on the glass. */
fun picture(view: View): Bitmap =
    Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888).also { view.draw(Canvas(it)) }

/** Writes it where people and readers find it. */
fun keep(name: String, picture: Bitmap) {
    val folder = File(System.getProperty("liangma.pictures", "build/pictures")).apply { mkdirs() }
    File(folder, "$name.png").outputStream().use { picture.compress(Bitmap.CompressFormat.PNG, 100, it) }
}

/** Writes a text beside it. */
fun keep(name: String, text: String) = File(System.getProperty("liangma.pictures", "build/pictures"), "$name.txt").writeText(text)

internal val GlassActivity.content: View get() = findViewById(android.R.id.content)
internal val GlassActivity.isSecure get() = window.attributes.flags and LayoutParams.FLAG_SECURE != 0
