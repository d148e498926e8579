package org.liangma

import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.math.BigInteger
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.security.spec.PKCS8EncodedKeySpec
import java.security.spec.X509EncodedKeySpec
import java.util.Base64
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * A key store of `java.security`: what a phone's hardware does, in memory. With a file it outlives its process, as
 * the hardware does; that file lies outside of the store's folder, as the hardware is outside of the files.
 */
open class SoftwareKeys(private val file: Path? = null) : KeyStore {
    private var mark = ByteArray(16).also { SecureRandom().nextBytes(it) }
    private val wrapping = ConcurrentHashMap<UInt, SecretKey>()

    @Volatile
    private var device: KeyPair? = null

    @Volatile
    private var epoch: ULong = 0u

    /** How many keys were made by this object. */
    val made = AtomicInteger()

    init {
        if (file != null && Files.exists(file)) read(file) else keep()
    }

    override fun securityLevel() = SecurityLevel.INSECURE

    override fun phoneMark() = mark

    override fun createDeviceKey(): ByteArray {
        made.incrementAndGet()
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        device = generator.generateKeyPair()
        keep()
        return deviceKey()
    }

    override fun deviceKey(): ByteArray {
        val point = (pair().public as ECPublicKey).w
        return byteArrayOf(4) + point.affineX.bytes32() + point.affineY.bytes32()
    }

    override fun sign(message: ByteArray): ByteArray {
        // The form of IEEE P1363 is r | s.
        val signature = Signature.getInstance("SHA256withECDSAinP1363Format")
        signature.initSign(pair().private)
        signature.update(message)
        return signature.sign()
    }

    override fun createWrappingKey(generation: UInt) {
        wrapping.computeIfAbsent(generation) {
            made.incrementAndGet()
            KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()
        }
        keep()
    }

    override fun wrapDataKey(generation: UInt, dataKey: ByteArray): ByteArray {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.ENCRYPT_MODE, wrappingKey(generation))
        val wrapped = cipher.iv + cipher.doFinal(dataKey)
        dataKey.fill(0)
        return wrapped
    }

    override fun unwrapDataKey(generation: UInt, wrapped: ByteArray): ByteArray {
        val cipher = Cipher.getInstance("AES/GCM/NoPadding")
        cipher.init(Cipher.DECRYPT_MODE, wrappingKey(generation), GCMParameterSpec(128, wrapped, 0, 12))
        return try {
            cipher.doFinal(wrapped, 12, wrapped.size - 12)
        } catch (_: AEADBadTagException) {
            throw KeyStoreException.NotUnwrapped()
        }
    }

    override fun deleteWrappingKey(generation: UInt) {
        wrapping.remove(generation)
        keep()
    }

    override fun deleteDeviceKey() {
        device = null
        keep()
    }

    override fun epoch() = epoch

    override fun keepEpoch(epoch: ULong) {
        this.epoch = epoch
        keep()
    }

    /** Loses everything but the phone's own mark, as a defective update does. */
    fun lose() {
        wrapping.clear()
        device = null
        epoch = 0u
        keep()
    }

    /** Writes the file: whole, or not at all. */
    @Synchronized
    private fun keep() {
        val file = file ?: return
        val kept = JsonObject()
        kept.addProperty("mark", text(mark))
        kept.addProperty("epoch", epoch.toLong())
        device?.let {
            kept.addProperty("private", text(it.private.encoded))
            kept.addProperty("public", text(it.public.encoded))
        }
        val keys = JsonObject().also { kept.add("wrapping", it) }
        wrapping.forEach { (generation, key) -> keys.addProperty(generation.toString(), text(key.encoded)) }
        val unfinished = file.resolveSibling("${file.fileName}.new")
        Files.writeString(unfinished, kept.toString())
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE)
    }

    private fun read(file: Path) {
        val kept = JsonParser.parseString(Files.readString(file)).asJsonObject
        mark = bytes(kept["mark"])
        epoch = kept["epoch"].asLong.toULong()
        kept["private"]?.let { private ->
            val keys = KeyFactory.getInstance("EC")
            device = KeyPair(
                keys.generatePublic(X509EncodedKeySpec(bytes(kept["public"]))),
                keys.generatePrivate(PKCS8EncodedKeySpec(bytes(private))),
            )
        }
        kept["wrapping"].asJsonObject.entrySet().forEach { (generation, key) ->
            wrapping[generation.toUInt()] = SecretKeySpec(bytes(key), "AES")
        }
    }

    private fun text(bytes: ByteArray) = Base64.getEncoder().encodeToString(bytes)

    private fun bytes(text: JsonElement) = Base64.getDecoder().decode(text.asString)

    private fun pair() = device ?: throw KeyStoreException.Missing()

    private fun wrappingKey(generation: UInt) = wrapping[generation] ?: throw KeyStoreException.Missing()

    private fun BigInteger.bytes32(): ByteArray {
        val bytes = toByteArray()
        return if (bytes.size > 32) bytes.copyOfRange(bytes.size - 32, bytes.size) else ByteArray(32 - bytes.size) + bytes
    }
}

/** Passes the sandbox's face check, as a person at the provider's page does. */
class PassingFace : FaceCheck {
    override suspend fun handOver(handoff: FaceHandoff): String = passed(handoff.url)
}

/** What a person at the provider's page does who passes; the link that leads back. */
suspend fun passed(url: String): String = withContext(Dispatchers.IO) {
    val page = URI(url)
    val ticket = Regex("ticket=([^&]+)").find(page.query)!!.groupValues[1]
    val request = HttpRequest.newBuilder(page.resolve("/outcomes"))
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString("""{"ticket":"$ticket","outcome":"pass"}"""))
        .build()
    val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body()
    val chosen = JsonParser.parseString(answer).asJsonObject
    "https://app.example/back?state=${chosen["state"].asString}&handle=${chosen["handle"].asString}"
}
