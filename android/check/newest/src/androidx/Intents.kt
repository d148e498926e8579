package androidx.test.runner.intent

import android.app.Instrumentation.ActivityResult
import android.content.Intent

/** Who would be asked which intents were sent; the tests ask Robolectric itself. */
interface IntentMonitor

/** Takes the monitor that the runner makes. */
object IntentMonitorRegistry {
    /** Keeps nothing. */
    @JvmStatic
    @Suppress("UNUSED_PARAMETER")
    fun registerInstance(monitor: IntentMonitor?) = Unit
}

/** Would answer in the place of another program. */
interface IntentStubber {
    /** Its answer. */
    fun getActivityResultForIntent(intent: Intent?): ActivityResult?
}

/** Nobody answers in the place of another program. */
object IntentStubberRegistry {
    /** Whether somebody does. */
    @JvmStatic
    fun isLoaded(): Boolean = false

    /** Who does. */
    @JvmStatic
    fun getInstance(): IntentStubber = error("nobody answers in the place of another program")
}
