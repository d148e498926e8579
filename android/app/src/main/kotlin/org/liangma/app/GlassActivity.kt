package org.liangma.app

import android.Manifest.permission.CAMERA
import android.annotation.SuppressLint
import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.content.pm.PackageManager.PERMISSION_GRANTED
import android.content.res.Configuration
import android.net.Uri
import android.os.BatteryManager
import android.os.Build
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.os.SystemClock
import android.speech.tts.TextToSpeech
import android.view.Gravity
import android.view.HapticFeedbackConstants
import android.view.View
import android.view.ViewGroup
import android.view.ViewConfiguration
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.view.WindowManager.LayoutParams
import android.view.accessibility.AccessibilityNodeInfo
import android.widget.FrameLayout
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import android.widget.Toast
import java.io.IOException
import java.util.Locale
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.delay
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.liangma.Back
import org.liangma.Brightness
import org.liangma.CardView
import org.liangma.CodePosition
import org.liangma.Effect
import org.liangma.Event
import org.liangma.Kind
import org.liangma.Language
import org.liangma.LiangmaException
import org.liangma.LibraryVersionException
import org.liangma.Phone
import org.liangma.PhoneListener
import org.liangma.Rank
import org.liangma.Screen
import org.liangma.Subscription
import org.liangma.Widget
import org.liangma.wellFormed

private const val SAVE = 1
private const val CHOOSE = 2
private const val LOOK = 3
private const val LOW_BATTERY = 10

/** The glass: shows what the core says, and says what the person does. No decision lives here. */
internal class GlassActivity : Activity(), Glass, PhoneListener {
    private val scope = MainScope()
    private val hand = Handler(Looper.getMainLooper())
    private val app get() = application as LiangmaApplication

    private var phone: Phone? = null
    private var begun: Job? = null
    private var subscription: Subscription? = null
    private var screen: Screen? = null
    private lateinit var renderer: Renderer
    private lateinit var look: Look
    private lateinit var column: LinearLayout
    private lateinit var header: LinearLayout
    private lateinit var title: TextView
    private lateinit var widgets: LinearLayout
    private lateinit var beside: FrameLayout
    private lateinit var over: FrameLayout
    private lateinit var cover: View
    private val shown = LinkedHashMap<String, Pair<Widget, View>>()
    private val fields = HashMap<String, TypedField>()
    private var turnedAt = 0L
    private var backGesture: Newer.BackGesture? = null

    private var cardPlace: CardPlace? = null
    private var cardView: CardView? = null
    private var cardJob: Job? = null
    private var battery = 100
    private var voice: TextToSpeech? = null
    private var saving: String? = null
    /** The widget for which the person is choosing a picture. */
    private var choosing: String? = null
    private var lens: Lens? = null
    /** The widget for which the person is being asked for the camera. */
    private var asking: String? = null
    /** How often something was read; each reading is a revision. */
    private var readings = 0UL

    // ---- life

    override fun onCreate(state: Bundle?) {
        // What was on the glass is in the core, and nothing of it in what the system keeps for us.
        super.onCreate(null)
        asking = state?.getString(ASKING)
        choosing = state?.getString(CHOOSING)
        window.addFlags(LayoutParams.FLAG_SECURE)
        if (Build.VERSION.SDK_INT >= ANDROID_13) {
            Newer.keepOutOfRecents(this)
            backGesture = Newer.BackGesture(this, ::back)
        }
        build(Look(Language.ZH_HANS, org.liangma.GlassView.NORMAL, resources.displayMetrics.density))
        begun = scope.launch { begin() }
    }

    // Turned while the system asks or another program chooses: the answer comes to the glass that is built anew.
    override fun onSaveInstanceState(kept: Bundle) {
        super.onSaveInstanceState(kept)
        kept.putString(ASKING, asking)
        kept.putString(CHOOSING, choosing)
    }

    private suspend fun begin() = try {
        val phone = app.phone()
        this.phone = phone
        cardView = phone.cardView()
        subscription = phone.listen(this)
        registerReceiver(charge, IntentFilter(Intent.ACTION_BATTERY_CHANGED))
        phone.send(Event.CameToFront)
        arrived(intent)
    } catch (error: LiangmaException) {
        cannotStart(error.message)
    } catch (error: LibraryVersionException) {
        cannotStart(error.message)
    } catch (error: IOException) {
        cannotStart(getString(R.string.no_installation))
    }

    private fun cannotStart(why: String?) {
        title.text = getString(R.string.cannot_start)
        header.removeAllViews()
        header.addView(title, margins())
        widgets.removeAllViews()
        widgets.addView(renderer.text(why.orEmpty()), margins())
        widgets.addView(renderer.button(getString(R.string.again), Rank.PRIMARY) { scope.launch { begin() } }, margins())
    }

    override fun onNewIntent(next: Intent) {
        super.onNewIntent(next)
        intent = next
        if (phone != null) scope.launch { arrived(next) }
    }

    /** A link back from the face provider, or the shortcut to the code. */
    private suspend fun arrived(came: Intent) {
        val phone = phone ?: return
        val link = came.data
        came.data = null
        if (came.action == SHOW_CODE) send(Event.Pressed("show-code"))
        if (link == null || app.face.returned(link)) return
        try {
            phone.faceReturned(link.toString())
        } catch (_: LiangmaException) {
            // A link that is none of ours changes nothing.
        }
    }

    override fun onStart() {
        super.onStart()
        tell(Event.CameToFront)
        screen?.let { showCard(); glow(it.brightness) }
        lens?.open()
    }

    override fun onResume() {
        super.onResume()
        cover.visibility = View.GONE
    }

    override fun onPause() {
        flush()
        val besideAnother = Build.VERSION.SDK_INT >= ANDROID_7 && Newer.sharesGlass(this)
        if (Build.VERSION.SDK_INT < ANDROID_13 && !besideAnother) cover.visibility = View.VISIBLE
        super.onPause()
    }

    override fun onStop() {
        tell(Event.WentToBack)
        cardJob?.cancel()
        lens?.close()
        glow(Brightness.AsItIs)
        val phone = phone
        app.scope.launch { try { phone?.settle() } catch (_: LiangmaException) { } }
        super.onStop()
    }

    override fun onDestroy() {
        subscription?.destroy()
        cardView?.destroy()
        if (phone != null) unregisterReceiver(charge)
        voice?.shutdown()
        hand.removeCallbacksAndMessages(null)
        scope.cancel()
        super.onDestroy()
    }

    private val charge = object : BroadcastReceiver() {
        override fun onReceive(context: Context, intent: Intent) {
            val whole = intent.getIntExtra(BatteryManager.EXTRA_SCALE, 100).coerceAtLeast(1)
            battery = (intent.getIntExtra(BatteryManager.EXTRA_LEVEL, 100) * 100 / whole).coerceIn(0, 100)
            try { phone?.battery(battery.toUByte()) } catch (_: LiangmaException) { }
        }
    }

    // ---- the frame of every screen

    @SuppressLint("ClickableViewAccessibility")
    private fun build(next: Look) {
        look = next
        renderer = Renderer(this, next, this)
        shown.clear()
        fields.clear()
        cardPlace = null
        lens = null
        val context = renderer.context
        title = renderer.title()
        header = LinearLayout(context).apply { setGravity(Gravity.CENTER_VERTICAL) }
        widgets = LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }
        beside = FrameLayout(context).apply { visibility = View.GONE }
        val body = LinearLayout(context).apply {
            addView(beside, LinearLayout.LayoutParams(0, MATCH_PARENT, 1f))
            val rest = ScrollView(context).apply { isFillViewport = true; addView(widgets) }
            addView(rest, LinearLayout.LayoutParams(0, MATCH_PARENT, 1f))
        }
        column = LinearLayout(context).apply {
            orientation = LinearLayout.VERTICAL
            addView(header)
            addView(body, LinearLayout.LayoutParams(MATCH_PARENT, 0, 1f))
        }
        over = FrameLayout(context).apply {
            setBackgroundColor(SHADE)
            visibility = View.GONE
            // Touches end here; to a screen reader the shade is nothing to press.
            setOnTouchListener { _, _ -> true }
        }
        cover = View(context).apply { setBackgroundColor(renderer.colour(R.color.paper)); visibility = View.GONE }
        val root = FrameLayout(context).apply {
            setBackgroundColor(renderer.colour(R.color.paper))
            for (layer in listOf(column, over, cover)) addView(layer, FrameLayout.LayoutParams(MATCH_PARENT, MATCH_PARENT))
        }
        if (Build.VERSION.SDK_INT >= ANDROID_11) Newer.edgeToEdge(window) else edgeToEdge(root)
        root.setOnApplyWindowInsetsListener { view, insets ->
            @Suppress("DEPRECATION")
            val (left, top, right, bottom) = if (Build.VERSION.SDK_INT >= ANDROID_11) Newer.covered(insets) else insets.run {
                intArrayOf(systemWindowInsetLeft, systemWindowInsetTop, systemWindowInsetRight, systemWindowInsetBottom)
            }
            view.setPadding(left, top, right, bottom)
            insets
        }
        setContentView(root)
    }

    @Suppress("DEPRECATION")
    private fun edgeToEdge(root: View) {
        root.systemUiVisibility = View.SYSTEM_UI_FLAG_LAYOUT_STABLE or View.SYSTEM_UI_FLAG_LAYOUT_FULLSCREEN or
            View.SYSTEM_UI_FLAG_LAYOUT_HIDE_NAVIGATION or root.systemUiVisibility
    }

    private fun margins(high: Int = WRAP_CONTENT, weight: Float = 0f, side: Int = look.dp(16)) =
        LinearLayout.LayoutParams(MATCH_PARENT, high, weight).apply { setMargins(side, look.gap / 2, side, look.gap / 2) }

    // ---- the screen

    override fun show(screen: Screen) = runOnUiThread { if (scope.isActive) put(screen) }

    private fun put(next: Screen) {
        val wanted = Look(next.language, next.view, look.density)
        val rebuilt = wanted != look
        if (rebuilt) build(wanted)
        val before = screen
        screen = next
        val turned = before?.route != next.route
        if (turned) {
            shown.clear()
            fields.clear()
            lens = null
            // The question belonged to the page before. A glass built anew has none before, and may still be asking.
            if (before != null) asking = null
            turnedAt = SystemClock.uptimeMillis()
        }
        if (next.capture) window.clearFlags(LayoutParams.FLAG_SECURE) else window.addFlags(LayoutParams.FLAG_SECURE)
        if (next.keepAwake) window.addFlags(LayoutParams.FLAG_KEEP_SCREEN_ON) else window.clearFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        backGesture?.take(next.back != Back.LEAVE)
        head(next)
        draw(next.widgets)
        if (turned || rebuilt) (widgets.parent as ScrollView).scrollTo(0, 0)
        attend(next, before, turned)
        if (turned || before.brightness != next.brightness) glow(next.brightness)
        answer(next, before)
        next.announcements.forEach { column.announceForAccessibility(look.said(it)) }
        if (next.haptic != null) column.performHapticFeedback(HapticFeedbackConstants.CONTEXT_CLICK)
    }

    // A verdict that is new comes into sight, and the hand feels which it is.
    private fun answer(next: Screen, before: Screen?) {
        fun verdict(of: Screen?) = of?.widgets?.firstOrNull { it.kind is Kind.Verdict }
        val found = verdict(next)?.takeIf { it.id != verdict(before)?.id } ?: return
        (widgets.parent as ScrollView).scrollTo(0, 0)
        repeat((found.kind as Kind.Verdict).pulses.toInt()) { pulse ->
            hand.postDelayed({ column.performHapticFeedback(HapticFeedbackConstants.LONG_PRESS) }, pulse * PULSE)
        }
    }

    private fun head(next: Screen) {
        setTitle(next.title)
        title.text = look.said(next.title)
        if (Build.VERSION.SDK_INT >= ANDROID_9) Newer.page(column, look.said(next.title))
        header.removeAllViews()
        if (next.back != Back.LEAVE) {
            header.addView(
                renderer.button("‹", Rank.QUIET, ::back).apply {
                    contentDescription = look.said(renderer.context.getString(R.string.back))
                    minWidth = look.target
                },
                LinearLayout.LayoutParams(WRAP_CONTENT, WRAP_CONTENT),
            )
        }
        header.addView(title, LinearLayout.LayoutParams(0, WRAP_CONTENT, 1f).apply { marginStart = look.dp(16) })
        // The card has a title of its own.
        val hasCard = next.back == Back.LEAVE && next.widgets.any { it.kind is Kind.CodeCard }
        header.visibility = if (hasCard) View.GONE else View.VISIBLE
    }

    // Widgets that did not change keep their views, and with them focus and caret.
    private fun draw(next: List<Widget>) {
        val views = next.map { widget ->
            val known = shown[widget.id]
            if (known?.first == widget) known.second
            else renderer.draw(widget).also { shown[widget.id] = widget to it }
        }
        shown.keys.retainAll(next.map { it.id }.toSet())
        val focused = currentFocus
        over.removeAllViews()
        beside.removeAllViews()
        // What stays is not taken off the glass: a camera that leaves it is let go.
        for (at in widgets.childCount - 1 downTo 0) if (widgets.getChildAt(at) !in views) widgets.removeViewAt(at)
        // A code near the thumb comes last on the glass.
        val (low, rest) = next.zip(views).partition { (it.first.kind as? Kind.CodeCard)?.position == CodePosition.BOTTOM }
        var at = 0
        for ((widget, view) in rest + low) {
            when (val kind = widget.kind) {
                is Kind.Sheet -> over.addView(view, FrameLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT, Gravity.BOTTOM))
                is Kind.CodeCard -> if (place(view, kind.position, at)) at += 1
                else -> {
                    if (widgets.getChildAt(at) !== view) {
                        widgets.removeView(view)
                        widgets.addView(view, at, margins())
                    }
                    at += 1
                }
            }
        }
        beside.visibility = if (beside.childCount > 0) View.VISIBLE else View.GONE
        val asking = over.childCount > 0
        over.visibility = if (asking) View.VISIBLE else View.GONE
        column.importantForAccessibility =
            if (asking) View.IMPORTANT_FOR_ACCESSIBILITY_NO_HIDE_DESCENDANTS else View.IMPORTANT_FOR_ACCESSIBILITY_AUTO
        column.descendantFocusability =
            if (asking) LinearLayout.FOCUS_BLOCK_DESCENDANTS else LinearLayout.FOCUS_AFTER_DESCENDANTS
        if (focused is TypedField && focused.isAttachedToWindow) focused.requestFocus()
        showCard()
    }

    /** Whether it stands among the widgets. */
    private fun place(view: View, position: CodePosition, at: Int): Boolean {
        (view.parent as? FrameLayout)?.removeView(view)
        // On a glass that is wider than high the card has a side of it, and the rest the other.
        if (isWide) {
            beside.addView(view, FrameLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT, Gravity.CENTER_VERTICAL))
            return false
        }
        val gravity = when (position) {
            CodePosition.TOP, CodePosition.TURNED -> Gravity.TOP
            CodePosition.MIDDLE -> Gravity.CENTER_VERTICAL
            CodePosition.BOTTOM -> Gravity.BOTTOM
        }
        val holder = FrameLayout(this).apply { addView(view, FrameLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT, gravity)) }
        val weight = if (gravity == Gravity.TOP) 0f else 1f
        widgets.addView(holder, at, LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT, weight))
        return true
    }

    // Where the focus goes: where the core says, when the page or the trouble is new; else where it was.
    private fun attend(next: Screen, before: Screen?, turned: Boolean) {
        fun find(of: Screen?, id: String) = of?.widgets?.firstOrNull { it.id == id }
        val wanted = next.focus?.takeIf { turned || it != before?.focus || find(next, it) != find(before, it) }
        val view = when {
            over.childCount > 0 -> (over.getChildAt(0) as ViewGroup).getChildAt(0)
            wanted != null -> fields[wanted] ?: shown[wanted]?.second
            turned && before != null -> title
            else -> null
        } ?: return
        if (view is TypedField) view.requestFocus()
        view.performAccessibilityAction(AccessibilityNodeInfo.ACTION_ACCESSIBILITY_FOCUS, null)
    }

    // ---- what widgets ask for

    override fun send(event: Event) {
        // A double tap does one thing: its second half may meet the page that its first half opened.
        val soon = SystemClock.uptimeMillis() - turnedAt < ViewConfiguration.getDoubleTapTimeout()
        if (soon && event is Event.Pressed && screen != null && event.widget != "show-code") return
        flush()
        tell(event)
    }

    private fun tell(event: Event) {
        try { phone?.send(event) } catch (_: LiangmaException) { }
    }

    // What was typed goes first, so that whatever is pressed finds it.
    private fun flush() = fields.values.forEach(TypedField::flush)

    override fun field(name: String, context: Context): TypedField = fields.getOrPut(name) {
        TypedField(context, name, ::tell).apply {
            setOnEditorActionListener { _, _, _ ->
                val leadsOn: View? = widgets.findViewWithTag(Renderer.PRIMARY)
                leadsOn?.performClick() ?: false
            }
        }
    }

    override fun card(card: Kind.CodeCard): View {
        val place = cardPlace ?: CardPlace(renderer.context, look).also { new ->
            cardPlace = new
            new.addOnLayoutChangeListener { _, left, _, right, _, was, _, wasRight, _ ->
                if (right - left != wasRight - was) new.post(::showCard)
            }
        }
        place.rotation = if (card.position == CodePosition.TURNED) 180f else 0f
        return place
    }

    private fun showCard() {
        cardJob?.cancel()
        val (place, view) = (cardPlace ?: return) to (cardView ?: return)
        if (screen?.widgets?.none { it.kind is Kind.CodeCard } == true) return place.show(null)
        cardJob = scope.launch {
            while (isActive) {
                val frame = try { view.frame(widePoints()) } catch (_: LiangmaException) { null }
                if (frame == null || frame.redraw != null || !place.isShown) place.show(frame?.scene)
                delay(frame?.nextInMilliseconds?.toLong() ?: return@launch)
            }
        }
    }

    private val isWide get() = resources.configuration.orientation == Configuration.ORIENTATION_LANDSCAPE

    private fun widePoints(): UInt {
        val parts = if (isWide) 2 else 1
        val wide = cardPlace?.width?.takeIf { it > 0 } ?: (resources.displayMetrics.widthPixels / parts)
        return (wide / look.density).toInt().toUInt()
    }

    override fun countdown(text: TextView, label: String, countdown: Kind.Countdown) {
        scope.launch {
            do {
                val milliseconds = app.clocks.left(countdown.until)
                val left = milliseconds / 1000
                text.text = look.said(String.format(Locale.ROOT, "%s %d:%02d", label, left / 60, left % 60))
                if (left.toUInt() in countdown.milestones) text.announceForAccessibility(text.text)
                // To the next whole second, so that none is left out.
                delay(milliseconds % 1000 + 1)
            } while (left > 0 && text.isAttachedToWindow)
        }
    }

    override fun openProvider() {
        app.face.open()
    }

    override fun save(document: Kind.Document) {
        saving = document.text
        val intent = Intent(Intent.ACTION_CREATE_DOCUMENT).addCategory(Intent.CATEGORY_OPENABLE)
            .setType(document.mediaType).putExtra(Intent.EXTRA_TITLE, document.fileName)
        if (intent.resolveActivity(packageManager) != null) startActivityForResult(intent, SAVE)
    }

    override fun choosePicture(widget: String) {
        choosing = widget
        val intent = Intent(Intent.ACTION_GET_CONTENT).addCategory(Intent.CATEGORY_OPENABLE).setType("image/*")
        try {
            startActivityForResult(intent, CHOOSE)
        } catch (_: ActivityNotFoundException) {
            tellBriefly(R.string.no_chooser)
        }
    }

    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        val place = data?.data ?: return
        when (request) {
            SAVE -> write(saving ?: return, place).also { saving = null }
            CHOOSE -> scope.launch { lookAt(place, choosing ?: return@launch) }
        }
    }

    private fun write(text: String, place: Uri) = try {
        contentResolver.openOutputStream(place)?.use { it.write(text.toByteArray()) } ?: throw IOException()
    } catch (_: IOException) {
        tellBriefly(R.string.not_saved)
    }

    private suspend fun lookAt(place: Uri, widget: String) {
        val text = withContext(Dispatchers.Default) {
            try { Codes.picture(contentResolver, place)?.let(Codes::inPicture) } catch (_: IOException) { null }
        }
        // On a glass that was built anew the picture is there before the phone is.
        begun?.join()
        read(widget, text.orEmpty())
    }

    override fun lens(widget: String, scanner: Kind.Scanner): View {
        val lens = lens ?: Lens(renderer.context, look.dp(320), { read(widget, it) }, { noCamera(widget) }).also { lens = it }
        lens.torch = scanner.torch
        if (checkSelfPermission(CAMERA) != PERMISSION_GRANTED && asking == null) {
            asking = widget
            requestPermissions(arrayOf(CAMERA), LOOK)
        }
        return lens
    }

    override fun onRequestPermissionsResult(request: Int, asked: Array<out String>, answers: IntArray) {
        val widget = asking
        asking = null
        when {
            // Nobody answered: the question was interrupted, or is still there and was asked twice.
            answers.isEmpty() -> Unit
            PERMISSION_GRANTED in answers -> lens?.open()
            else -> lens?.giveUp() ?: widget?.let(::noCamera)
        }
    }

    private fun noCamera(widget: String) = tell(Event.Switched(widget, false))

    private fun read(widget: String, text: String) {
        readings += 1UL
        tell(Event.Typed(widget, text.wellFormed(), readings))
    }

    // Seen for some seconds, and said by a screen reader.
    private fun tellBriefly(words: Int) =
        Toast.makeText(this, look.said(renderer.context.getString(words)), Toast.LENGTH_LONG).show()

    // ---- what the core asks for

    override fun perform(effect: Effect) = runOnUiThread {
        when (effect) {
            is Effect.Speak -> speak(effect.text)
            is Effect.Open -> open(if (effect.address.startsWith("tel:")) Intent.ACTION_DIAL else Intent.ACTION_VIEW, effect.address)
            is Effect.Leave -> finish()
        }
    }

    private fun speak(text: String) {
        fun say(voice: TextToSpeech) {
            voice.language = look.locale
            voice.speak(text, TextToSpeech.QUEUE_FLUSH, null, "read-aloud")
        }
        voice?.let { return say(it) }
        voice = TextToSpeech(this) { status -> if (status == TextToSpeech.SUCCESS) voice?.let(::say) }
    }

    private fun back() = send(Event.Back)

    @Deprecated("Android 12 and older; newer ones have the gesture")
    override fun onBackPressed() = back()

    // ---- light

    private fun glow(brightness: Brightness) {
        hand.removeCallbacks(dim)
        when (brightness) {
            is Brightness.AsItIs -> dim.run()
            is Brightness.Raised -> {
                light(if (battery < LOW_BATTERY) brightness.lowBatteryPercent.toInt() / 100f else 1f)
                hand.postDelayed(dim, brightness.seconds.toLong() * 1000)
            }
        }
    }

    private val dim = Runnable { light(LayoutParams.BRIGHTNESS_OVERRIDE_NONE) }

    private fun light(level: Float) {
        window.attributes = window.attributes.apply { screenBrightness = level }
    }

    companion object {
        /** What the shortcut says. */
        const val SHOW_CODE = "org.liangma.app.SHOW_CODE"
        private const val ASKING = "asking"
        private const val CHOOSING = "choosing"
        private const val PULSE = 250L
        private const val SHADE = 0x99000000.toInt()
    }
}
