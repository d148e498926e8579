package org.liangma

import java.util.TimeZone

/** A phone's clocks that stand still, save by request. The zone is that of the machine, as a phone's is. */
class FixedClock : PhoneClock {
    private val now = System.currentTimeMillis()
    private var start: Byte = 1

    override fun wall() = WallReading(now, TimeZone.getDefault().id)

    override fun monotonic() = MonotonicReading(60_000u, ByteArray(16) { start })

    /** The phone is switched off and on. */
    fun restart() {
        start++
    }
}
