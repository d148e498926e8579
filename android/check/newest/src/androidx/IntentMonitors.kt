package androidx.test.internal.runner.intent

import android.content.Intent
import androidx.test.runner.intent.IntentMonitor

/** Is told of intents by Robolectric's runner, and has nobody to tell. */
@Suppress("UNUSED_PARAMETER")
class IntentMonitorImpl : IntentMonitor {
    /** An intent was sent. */
    fun signalIntent(intent: Intent?) = Unit
}
