package androidx.test.platform.app

import android.app.Instrumentation
import android.os.Bundle

/** Which instrumentation runs: what Robolectric's runner tells and asks of Google's class of this name. */
object InstrumentationRegistry {
    private var running: Instrumentation? = null

    /** Keeps it. */
    @JvmStatic
    @Suppress("UNUSED_PARAMETER")
    fun registerInstance(instrumentation: Instrumentation?, arguments: Bundle?) {
        running = instrumentation
    }

    /** Gives it. */
    @JvmStatic
    fun getInstrumentation(): Instrumentation = checkNotNull(running)
}
