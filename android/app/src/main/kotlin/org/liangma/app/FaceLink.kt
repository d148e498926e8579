package org.liangma.app

import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.net.Uri
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.withTimeoutOrNull
import org.liangma.FaceCheck
import org.liangma.FaceCheckException
import org.liangma.FaceHandoff

/** Sends the person to the face-check provider, and waits for the verified link that leads back. */
internal class FaceLink(private val context: Context) : FaceCheck {
    private class Waiting(val handoff: FaceHandoff, val back: CompletableDeferred<String>)

    @Volatile private var waiting: Waiting? = null

    override suspend fun handOver(handoff: FaceHandoff): String {
        val here = Waiting(handoff, CompletableDeferred())
        waiting = here
        try {
            if (!open()) throw FaceCheckException.NotOpened()
            return withTimeoutOrNull(handoff.patienceSeconds.toLong() * 1000) { here.back.await() }
                ?: throw FaceCheckException.TimedOut()
        } finally {
            if (waiting === here) waiting = null
        }
    }

    /** Opens the provider's page, once more where the person came back without it; false when that cannot be. */
    fun open(): Boolean {
        val url = waiting?.handoff?.url ?: return false
        return context.open(Intent.ACTION_VIEW, url)
    }

    /** Whether somebody waited for this link. */
    fun returned(link: Uri): Boolean {
        val here = waiting?.takeIf { it.handoff.state == link.getQueryParameter("state") } ?: return false
        return here.back.complete(link.toString())
    }
}

/** Shows an address outside the program; false when nothing on this phone does. */
internal fun Context.open(action: String, address: String): Boolean = try {
    startActivity(Intent(action, Uri.parse(address)).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
    true
} catch (_: ActivityNotFoundException) {
    false
}
