// This file stands word for word in docs/EMBEDDING.md.
package org.liangma.embedding

import org.liangma.CardFrame
import org.liangma.FaceCheck
import org.liangma.FaceCheckOutcome
import org.liangma.GlassView
import org.liangma.Installation
import org.liangma.KeyStore
import org.liangma.Language
import org.liangma.LiangmaLibrary
import org.liangma.LoginForm
import org.liangma.Opening
import org.liangma.Ports
import org.liangma.Purpose
import org.liangma.Terminal

/** What your own screens ask the person. */
class Asked(val form: LoginForm, val code: suspend () -> String)

/** Once, at the start of your program. Keep the terminal as long as the program lives. */
suspend fun open(
    folder: String,
    platform: String,
    trustRoot: ByteArray,
    keys: KeyStore,
    face: FaceCheck,
): Terminal {
    LiangmaLibrary.check()
    val installation = Installation(
        folder = folder,
        platform = platform,
        platformRoots = emptyList(),
        platformPins = emptyList(),
        trustRoot = trustRoot,
        languages = listOf("zh-CN"),
    )
    // On a phone, lend its clocks as the third port.
    return Terminal.open(installation, Ports(keys, face, null), Opening.AS_IT_IS)
}

/** From nothing to a lit code; each step is one of your own screens. */
suspend fun fromNothingToALitCode(terminal: Terminal, asked: Asked): CardFrame? {
    terminal.loginStart(asked.form)
    terminal.loginComplete(asked.code())
    // Each purpose by itself, after the person has read its text.
    terminal.recordConsent(Purpose.HEALTH_CODE, 1u, "zh-Hans", true)
    terminal.recordConsent(Purpose.FACE_CHECK, 1u, "zh-Hans", true)
    if (!terminal.apply()) {
        // A face is never the only way: offer `counterHandle` beside it.
        if (terminal.faceCheck() != FaceCheckOutcome.PASSED) return null
    }
    terminal.refresh()
    // Draw its items in order; ask for the next frame after `nextInMilliseconds`.
    return terminal.cardView(Language.ZH_HANS, GlassView.NORMAL).frame(360u)
}
