package org.liangma

import com.sun.jna.Library
import com.sun.jna.Native

/** The library that is installed does not go with this code. */
class LibraryVersionException(
    /** The version that this code goes with. */
    val wanted: Int,
    /** The version of the library; `null` where it is too old to say, or is not there. */
    val found: Int?,
) : IllegalStateException(
    if (found == null) {
        "this code needs version $wanted of the Liangma library, and there is none that says its version: ship both from one build"
    } else {
        "this code needs version $wanted of the Liangma library, and found version $found: ship both from one build"
    },
)

/** What has to be right before anything else of Liangma is used. */
object LiangmaLibrary {
    /** The version of the exported surface that this code was written for. */
    const val CONTRACT_VERSION: Int = 2

    private interface Contract : Library {
        @Suppress("FunctionName")
        fun liangma_contract_version(): Int
    }

    /**
     * Checks that the library goes with this code. Call it once, before everything else: generated code that
     * meets an older library ends with words that help nobody.
     *
     * @param name the library's name, without `lib` and ending.
     * @throws LibraryVersionException when it does not.
     */
    @JvmOverloads
    fun check(name: String = "liangma_ffi") {
        val found = try {
            Native.load(name, Contract::class.java).liangma_contract_version()
        } catch (_: UnsatisfiedLinkError) {
            null
        }
        if (found != CONTRACT_VERSION) throw LibraryVersionException(CONTRACT_VERSION, found)
    }
}

/**
 * This text with each lone half of a surrogate pair replaced by `U+FFFD`. A keyboard may leave one behind when
 * half an emoji is deleted; such a text has no UTF-8 form, and handing it to the core throws.
 */
fun String.wellFormed(): String {
    if (none { it.isSurrogate() }) return this
    val whole = StringBuilder(length)
    var at = 0
    while (at < length) {
        val here = this[at]
        if (here.isHighSurrogate() && at + 1 < length && this[at + 1].isLowSurrogate()) {
            whole.append(here).append(this[at + 1])
            at += 2
        } else {
            whole.append(if (here.isSurrogate()) '\uFFFD' else here)
            at += 1
        }
    }
    return whole.toString()
}

/** Says that a field holds another text; a text that is not whole is made so. */
fun Phone.typed(widget: String, text: String, revision: ULong) {
    send(Event.Typed(widget, text.wellFormed(), revision))
}
