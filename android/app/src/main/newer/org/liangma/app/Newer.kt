package org.liangma.app

import android.annotation.TargetApi
import android.app.Activity
import android.content.Context
import android.content.res.Configuration
import android.graphics.Insets
import android.os.UserManager
import android.security.KeyStoreException
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.view.View
import android.view.Window
import android.view.WindowInsets
import android.window.OnBackInvokedCallback
import android.window.OnBackInvokedDispatcher
import org.liangma.KeyStoreException as KeyState

/**
 * Whatever Android 6 does not have. The rest of the shell is compiled against Android 6 itself and against this, so
 * that nothing newer is called by accident; who calls something here asks for the version first.
 */
@TargetApi(36)
public object Newer {
    // Android 7

    /** Whether the phone was unlocked since it was started. */
    public fun isUnlocked(context: Context): Boolean = context.getSystemService(UserManager::class.java).isUserUnlocked

    /** The languages that the person reads, the best first. */
    public fun languages(configuration: Configuration): List<String> =
        List(configuration.locales.size()) { configuration.locales[it].toLanguageTag() }

    /** Whether the program shares the glass with another. */
    public fun sharesGlass(activity: Activity): Boolean = activity.isInMultiWindowMode

    // Android 8

    /** What a field is filled with by the phone's own memory; nothing when `hint` is null. */
    public fun autofill(field: View, hint: String?) {
        if (hint == null) field.importantForAutofill = View.IMPORTANT_FOR_AUTOFILL_NO else field.setAutofillHints(hint)
    }

    // Android 9

    /** A screen reader jumps from heading to heading. */
    public fun heading(view: View) {
        view.isAccessibilityHeading = true
    }

    /** What a screen reader says when another page comes up. */
    public fun page(view: View, title: CharSequence) {
        view.accessibilityPaneTitle = title
    }

    /** Asks for a key in a secure element of its own. */
    public fun inStrongBox(spec: KeyGenParameterSpec.Builder) {
        spec.setIsStrongBoxBacked(true)
    }

    /** Whether a key could not be made because there is no such element. */
    public fun isStrongBoxUnavailable(error: Throwable): Boolean = error is StrongBoxUnavailableException

    // Android 11

    /** Draws from edge to edge. */
    public fun edgeToEdge(window: Window) {
        window.setDecorFitsSystemWindows(false)
    }

    /** What bars, cut-outs and the keyboard cover: left, top, right, bottom. */
    public fun covered(insets: WindowInsets): IntArray {
        val types = WindowInsets.Type.systemBars() or WindowInsets.Type.displayCutout() or WindowInsets.Type.ime()
        val covered: Insets = insets.getInsets(types)
        return intArrayOf(covered.left, covered.top, covered.right, covered.bottom)
    }

    // Android 12

    /** Whether a key is in a secure element of its own. */
    public fun isStrongBox(key: KeyInfo): Boolean = key.securityLevel == KeyProperties.SECURITY_LEVEL_STRONGBOX

    // Android 13

    /** What the key store itself says of a failure; `null` when this is not its word. */
    public fun stateOf(error: Throwable): KeyState? = (error as? KeyStoreException)?.run {
        when {
            numericErrorCode == KeyStoreException.ERROR_KEY_DOES_NOT_EXIST -> KeyState.Missing()
            requiresUserAuthentication() -> KeyState.Locked()
            isTransientFailure -> KeyState.Busy()
            else -> null
        }
    }

    /** Keeps the glass out of the list of recent programs. */
    public fun keepOutOfRecents(activity: Activity) {
        activity.setRecentsScreenshotEnabled(false)
    }

    /** Takes the back gesture while the screen wants it, and leaves it to the system, with its preview, otherwise. */
    public class BackGesture(private val activity: Activity, back: Runnable) {
        private val callback = OnBackInvokedCallback(back::run)
        private var taken = false

        /** Takes it, or leaves it. */
        public fun take(wanted: Boolean) {
            if (wanted == taken) return
            taken = wanted
            val dispatcher = activity.onBackInvokedDispatcher
            if (wanted) dispatcher.registerOnBackInvokedCallback(OnBackInvokedDispatcher.PRIORITY_DEFAULT, callback)
            else dispatcher.unregisterOnBackInvokedCallback(callback)
        }
    }
}
