package org.liangma

import com.google.gson.JsonParser
import java.math.BigInteger
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** A key store of `java.security`, which lives as long as the process: what a phone's hardware does, in memory. */
open class SoftwareKeys : KeyStore {
    private val mark = ByteArray(16).also { SecureRandom().nextBytes(it) }
    private val wrapping = ConcurrentHashMap<UInt, SecretKey>()

    @Volatile
    private var device: KeyPair? = null

    @Volatile
    private var epoch: ULong = 0u

    override fun securityLevel() = SecurityLevel.INSECURE

    override fun phoneMark() = mark

    override fun createDeviceKey(): ByteArray {
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        device = generator.generateKeyPair()
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
        wrapping.computeIfAbsent(generation) { KeyGenerator.getInstance("AES").apply { init(256) }.generateKey() }
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
    }

    override fun deleteDeviceKey() {
        device = null
    }

    override fun epoch() = epoch

    override fun keepEpoch(epoch: ULong) {
        this.epoch = epoch
    }

    /** Loses every key, as a defective update does. */
    fun lose() {
        wrapping.clear()
        device = null
    }

    private fun pair() = device ?: throw KeyStoreException.Missing()

    private fun wrappingKey(generation: UInt) = wrapping[generation] ?: throw KeyStoreException.Missing()

    private fun BigInteger.bytes32(): ByteArray {
        val bytes = toByteArray()
        return if (bytes.size > 32) bytes.copyOfRange(bytes.size - 32, bytes.size) else ByteArray(32 - bytes.size) + bytes
    }
}

/** Passes the sandbox's face check, as a person at the provider's page does. */
class PassingFace : FaceCheck {
    override suspend fun handOver(handoff: FaceHandoff): String = withContext(Dispatchers.IO) {
        val page = URI(handoff.url)
        val ticket = Regex("ticket=([^&]+)").find(page.query)!!.groupValues[1]
        val request = HttpRequest.newBuilder(page.resolve("/outcomes"))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("""{"ticket":"$ticket","outcome":"pass"}"""))
            .build()
        val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body()
        val chosen = JsonParser.parseString(answer).asJsonObject
        "https://app.example/back?state=${chosen["state"].asString}&handle=${chosen["handle"].asString}"
    }
}
