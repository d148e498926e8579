package org.liangma.app

import android.Manifest.permission.CAMERA
import android.annotation.SuppressLint
import android.content.Context
import android.content.pm.PackageManager.PERMISSION_GRANTED
import android.graphics.ImageFormat
import android.graphics.SurfaceTexture
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CaptureRequest
import android.media.Image
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.os.SystemClock
import android.util.Size
import android.view.Surface
import android.view.TextureView

/**
 * The camera, reading QR codes. It is open while this stands on a glass in front, and never otherwise; no picture of
 * it is kept. What it reads is handed on, and the same again after a second for as long as it stays.
 */
@SuppressLint("ViewConstructor")
internal class Lens(
    context: Context,
    private val high: Int,
    private val found: (String) -> Unit,
    private val lost: () -> Unit,
) : TextureView(context), TextureView.SurfaceTextureListener {
    private val cameras = context.getSystemService(CameraManager::class.java)
    private var looking: Opening? = null
    private var last: String? = null
    private var lastAt = 0L

    /** Whether its light is on. */
    var torch = false
        set(on) {
            if (field != on) { field = on; looking?.see() }
        }

    init {
        surfaceTextureListener = this
        // The words above it say what it is.
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO
    }

    /** Opens the camera once it may be used; where there is none to be had, that is told. */
    @SuppressLint("MissingPermission")
    fun open() {
        val mayLook = context.checkSelfPermission(CAMERA) == PERMISSION_GRANTED
        if (looking != null || !isAvailable || !mayLook) return
        try {
            val id = cameras.cameraIdList.firstOrNull(::looksAway) ?: cameras.cameraIdList.firstOrNull() ?: return lost()
            val size = size(id) ?: return lost()
            surfaceTexture?.setDefaultBufferSize(size.width, size.height)
            cameras.openCamera(id, Opening(size).also { looking = it }, handler)
        } catch (_: CameraAccessException) {
            // In use by another program, or forbidden by whoever manages the phone.
            giveUp()
        }
    }

    /** Lets the camera go. */
    fun close() {
        val opening = looking
        looking = null
        opening?.end()
    }

    /** Lets the camera go, and tells that there is none to be had. */
    fun giveUp() {
        close()
        lost()
    }

    private fun looksAway(id: String) = cameras.getCameraCharacteristics(id)
        .get(CameraCharacteristics.LENS_FACING) == CameraCharacteristics.LENS_FACING_BACK

    // Fine enough for a code that fills half of the picture, and no finer.
    private fun size(id: String): Size? = cameras.getCameraCharacteristics(id)
        .get(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP)
        ?.getOutputSizes(ImageFormat.YUV_420_888)
        ?.sortedBy { it.width * it.height }
        ?.let { sizes -> sizes.lastOrNull { it.width * it.height <= MOST_POINTS } ?: sizes.firstOrNull() }

    /** One way from opening the camera to letting it go. What the camera says after that concerns nobody. */
    private inner class Opening(size: Size) : CameraDevice.StateCallback() {
        private val thread = HandlerThread("lens").apply { start() }
        private val frames = ImageReader.newInstance(size.width, size.height, ImageFormat.YUV_420_888, 2).apply {
            setOnImageAvailableListener({ it.acquireLatestImage()?.use(::look) }, Handler(thread.looper))
        }
        private var camera: CameraDevice? = null
        private var session: CameraCaptureSession? = null
        private val isOver get() = looking !== this

        @Suppress("DEPRECATION") // What took its place is not on Android 6.
        override fun onOpened(device: CameraDevice) {
            if (isOver) return device.close()
            camera = device
            // Without a glass there is nothing to see; the next one opens the camera anew.
            val preview = surfaceTexture ?: return close()
            attempt { device.createCaptureSession(listOf(Surface(preview), frames.surface), ready, handler) }
        }

        override fun onDisconnected(device: CameraDevice) = failed(device)
        override fun onError(device: CameraDevice, error: Int) = failed(device)

        private fun failed(device: CameraDevice) {
            device.close()
            if (!isOver) giveUp()
        }

        private val ready = object : CameraCaptureSession.StateCallback() {
            override fun onConfigured(configured: CameraCaptureSession) {
                session = configured
                see()
            }

            override fun onConfigureFailed(configured: CameraCaptureSession) {
                if (!isOver) giveUp()
            }
        }

        fun see() {
            if (isOver) return
            val (session, camera) = (session ?: return) to (camera ?: return)
            val preview = surfaceTexture ?: return
            attempt {
                val request = camera.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW).apply {
                    addTarget(Surface(preview))
                    addTarget(frames.surface)
                    set(CaptureRequest.CONTROL_AF_MODE, CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_PICTURE)
                    set(CaptureRequest.FLASH_MODE, if (torch) CaptureRequest.FLASH_MODE_TORCH else CaptureRequest.FLASH_MODE_OFF)
                }
                session.setRepeatingRequest(request.build(), null, handler)
            }
        }

        fun end() {
            camera?.close()
            // On its own thread, which may be in the middle of a picture.
            Handler(thread.looper).post { frames.close() }
            thread.quitSafely()
        }

        // Between two steps the camera may have gone to another program.
        private fun attempt(step: () -> Unit) = try {
            step()
        } catch (_: CameraAccessException) {
            giveUp()
        } catch (_: IllegalStateException) {
            giveUp()
        }

        // On the thread of the camera.
        private fun look(image: Image) {
            val plane = image.planes[0]
            val brightness = ByteArray(plane.rowStride * image.height)
            plane.buffer.run { get(brightness, 0, minOf(remaining(), brightness.size)) }
            val text = Codes.inFrame(brightness, plane.rowStride, image.width, image.height) ?: return
            post { if (!isOver) seen(text) }
        }
    }

    /** A code was before the camera; an empty text is one that it could not read. */
    fun seen(text: String) {
        val now = SystemClock.elapsedRealtime()
        if (text == last && now - lastAt < AGAIN) return
        last = text
        lastAt = now
        found(text)
    }

    override fun onMeasure(wide: Int, high: Int) = setMeasuredDimension(MeasureSpec.getSize(wide), this.high)
    override fun onSurfaceTextureAvailable(texture: SurfaceTexture, wide: Int, high: Int) = open()
    override fun onSurfaceTextureSizeChanged(texture: SurfaceTexture, wide: Int, high: Int) = Unit
    override fun onSurfaceTextureUpdated(texture: SurfaceTexture) = Unit
    override fun onSurfaceTextureDestroyed(texture: SurfaceTexture): Boolean {
        close()
        return true
    }

    private companion object {
        const val MOST_POINTS = 1280 * 960
        const val AGAIN = 1_000L
    }
}
