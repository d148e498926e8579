package org.liangma.app

import android.content.Context
import android.os.Build
import android.os.SystemClock
import android.provider.Settings
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.util.TimeZone
import java.util.UUID
import org.liangma.ClockException
import org.liangma.MonotonicReading
import org.liangma.PhoneClock
import org.liangma.WallReading

/** The phone's two clocks. */
internal class Clocks(private val context: Context) : PhoneClock {
    override fun wall(): WallReading = WallReading(System.currentTimeMillis(), TimeZone.getDefault().id)

    override fun monotonic(): MonotonicReading =
        MonotonicReading(SystemClock.elapsedRealtime().toULong(), boot())

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
}
