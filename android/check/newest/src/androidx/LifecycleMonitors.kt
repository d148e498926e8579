package androidx.test.internal.runner.lifecycle

import android.app.Activity
import android.app.Application
import androidx.test.runner.lifecycle.ActivityLifecycleMonitor
import androidx.test.runner.lifecycle.ApplicationLifecycleMonitor
import androidx.test.runner.lifecycle.ApplicationStage
import androidx.test.runner.lifecycle.Stage

/** Is told of activities by Robolectric's runner, and has nobody to tell. */
@Suppress("UNUSED_PARAMETER")
class ActivityLifecycleMonitorImpl : ActivityLifecycleMonitor {
    /** An activity went on in its life. */
    fun signalLifecycleChange(stage: Stage?, activity: Activity?) = Unit
}

/** Is told of the application by Robolectric's runner, and has nobody to tell. */
@Suppress("UNUSED_PARAMETER")
class ApplicationLifecycleMonitorImpl : ApplicationLifecycleMonitor {
    /** The application went on in its life. */
    fun signalLifecycleChange(application: Application?, stage: ApplicationStage?) = Unit
}
