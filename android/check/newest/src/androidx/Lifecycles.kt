package androidx.test.runner.lifecycle

/** Where an activity is in its life: what Robolectric's runner names of Google's class of this name. */
enum class Stage { PRE_ON_CREATE, CREATED, STARTED, RESUMED, PAUSED, STOPPED, RESTARTED, DESTROYED }

/** The same of an application. */
enum class ApplicationStage { PRE_ON_CREATE, CREATED }

/** Who would be asked about activities; nobody asks here. */
interface ActivityLifecycleMonitor

/** Who would be asked about the application; nobody asks here. */
interface ApplicationLifecycleMonitor

/** Takes the monitor that the runner makes. */
object ActivityLifecycleMonitorRegistry {
    /** Keeps nothing. */
    @JvmStatic
    @Suppress("UNUSED_PARAMETER")
    fun registerInstance(monitor: ActivityLifecycleMonitor?) = Unit
}

/** Takes the monitor that the runner makes. */
object ApplicationLifecycleMonitorRegistry {
    /** Keeps nothing. */
    @JvmStatic
    @Suppress("UNUSED_PARAMETER")
    fun registerInstance(monitor: ApplicationLifecycleMonitor?) = Unit
}
