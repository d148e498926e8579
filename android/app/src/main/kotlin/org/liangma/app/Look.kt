package org.liangma.app

import android.content.Context
import android.content.res.Configuration
import android.text.SpannableString
import android.text.style.LocaleSpan
import android.view.ContextThemeWrapper
import java.util.Locale
import org.liangma.GlassView
import org.liangma.Language

/** How everything looks on the screens of one language and one view. */
internal data class Look(val language: Language, val view: GlassView, val density: Float) {
    val locale: Locale = Locale.forLanguageTag(
        when (language) {
            Language.ZH_HANS -> "zh-Hans-CN"
            Language.ZH_HANT -> "zh-Hant-TW"
            Language.EN -> "en"
        },
    )
    private val isCare = view == GlassView.CARE
    val textSize = if (isCare) 22f else 17f
    val target = dp(if (isCare) 60 else 48)
    val gap = dp(if (isCare) 16 else 14)

    fun dp(points: Int): Int = (points * density).toInt()

    /** A text that a screen reader says in its own language. */
    fun said(text: String): CharSequence =
        SpannableString(text).apply { setSpan(LocaleSpan(locale), 0, length, 0) }

    /** Colours and words for the screens, in their language, which need not be that of the phone. */
    fun context(activity: Context): Context = ContextThemeWrapper(activity, R.style.Glass).apply {
        // No scale of letters of its own: on Android 6 and 7 a new configuration would bring 1.
        val language = locale
        applyOverrideConfiguration(Configuration().apply { fontScale = 0f; setLocale(language) })
    }
}
