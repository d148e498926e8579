package org.liangma.app

import android.app.Application
import android.content.res.Resources
import android.os.Build
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import org.liangma.Installation
import org.liangma.LiangmaLibrary
import org.liangma.Phone
import org.liangma.Ports

internal const val ANDROID_7 = 24
internal const val ANDROID_8 = 26
internal const val ANDROID_9 = 28
internal const val ANDROID_11 = 30
internal const val ANDROID_12 = 31
internal const val ANDROID_13 = 33

/** Holds the one phone of this process. What it knows is in the core's sealed store: a killed process loses nothing. */
internal class LiangmaApplication : Application() {
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main)
    val face = FaceLink(this)
    val clocks = Clocks(this)
    private val starting = Mutex()
    private var phone: Phone? = null

    /** The phone, started by whoever asks first; after a failure the next one tries again. */
    suspend fun phone(): Phone = starting.withLock {
        LiangmaLibrary.check()
        phone ?: Phone.start(installation(), Ports(Keys(this), face, clocks)).also { phone = it }
    }

    /** What the deployment put into `assets/installation` (see the README beside this project). */
    private fun installation(): Installation {
        fun bytes(name: String) = assets.open("installation/$name").use { it.readBytes() }
        fun all(folder: String) = assets.list("installation/$folder").orEmpty().sorted().map { bytes("$folder/$it") }
        return Installation(
            folder = File(noBackupFilesDir, "liangma").path,
            platform = bytes("platform.txt").decodeToString().trim(),
            platformRoots = all("roots"),
            platformPins = all("pins"),
            trustRoot = bytes("trust-root.cbor"),
            languages = languages(),
        )
    }

    private fun languages(): List<String> {
        val configuration = Resources.getSystem().configuration
        if (Build.VERSION.SDK_INT >= ANDROID_7) return Newer.languages(configuration)
        @Suppress("DEPRECATION")
        return listOf(configuration.locale.toLanguageTag())
    }
}
