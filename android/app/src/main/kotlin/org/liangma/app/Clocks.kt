package org.liangma.app

import android.content.Context
import android.os.Build
import android.os.SystemClock
import android.provider.Settings
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.text.SimpleDateFormat
import java.util.Locale
import java.util.TimeZone
import java.util.UUID
import org.liangma.ClockException
import org.liangma.MonotonicReading
import org.liangma.PhoneClock
import org.liangma.WallReading

/** The phone's two clocks. */
internal class Clocks(private val context: Context) : PhoneClock {
    private val ends = HashMap<String, Long>()

    override fun wall(): WallReading = WallReading(System.currentTimeMillis(), TimeZone.getDefault().id)

    override fun monotonic(): MonotonicReading =
        MonotonicReading(SystemClock.elapsedRealtime().toULong(), boot())

    /**
     * How many milliseconds are left until an instant of the core, `2022-04-01T00:00:00Z`. The wall clock is asked
     * once for each instant; then the monotonic one counts, so that who sets the clock does not move what runs out.
     */
    fun left(until: String): Long {
        val now = SystemClock.elapsedRealtime()
        val end = ends.getOrPut(until) { now + (INSTANT.parse(until.take(19))?.time ?: return 0) - wall().milliseconds }
        return (end - now).coerceAtLeast(0)
    }

    /** Which start of the phone this is: its count, or on Android 6, which does not count, the kernel's name for it. */
    private fun boot(): ByteArray {
        val bytes = ByteBuffer.allocate(16)
        if (Build.VERSION.SDK_INT >= ANDROID_7) {
            val count = Settings.Global.getInt(context.contentResolver, "boot_count", -1)
            if (count < 0) throw ClockException.Unavailable()
            return bytes.putInt(count).array()
        }
        try {
            val name = UUID.fromString(File("/proc/sys/kernel/random/boot_id").readText().trim())
            return bytes.putLong(name.mostSignificantBits).putLong(name.leastSignificantBits).array()
        } catch (_: IOException) {
            throw ClockException.Unavailable()
        } catch (_: IllegalArgumentException) {
            throw ClockException.Unavailable()
        }
    }

    private companion object {
        val INSTANT = SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ss", Locale.ROOT).apply { timeZone = TimeZone.getTimeZone("UTC") }
    }
}
