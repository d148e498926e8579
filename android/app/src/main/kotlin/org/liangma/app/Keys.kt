package org.liangma.app

import android.annotation.SuppressLint
import android.content.Context
import android.os.Build
import android.provider.Settings
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import java.math.BigInteger
import java.security.GeneralSecurityException
import java.security.InvalidAlgorithmParameterException
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.MessageDigest
import java.security.NoSuchAlgorithmException
import java.security.NoSuchProviderException
import java.security.PrivateKey
import java.security.ProviderException
import java.security.Signature
import java.security.UnrecoverableKeyException
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import javax.crypto.BadPaddingException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory
import javax.crypto.spec.GCMParameterSpec
import org.liangma.KeyStore
import org.liangma.KeyStoreException
import org.liangma.SecurityLevel
import java.security.KeyStore as Hardware

private const val PROVIDER = "AndroidKeyStore"
private const val DEVICE = "liangma.device"
private const val WRAPPING = "liangma.wrapping."
private const val EPOCH = "liangma.epoch."
private const val PROBE = "liangma.probe"
private const val GCM = "AES/GCM/NoPadding"
private const val NONCE = 12
private const val HALF = 32

/**
 * The phone's hardware keys. Nothing is made that was not asked for, and nothing is replaced but by
 * [createDeviceKey]: whatever the hardware says becomes the state of the keys that it means.
 */
internal class Keys(private val context: Context) : KeyStore {
    private val hardware: Hardware by lazy { Hardware.getInstance(PROVIDER).apply { load(null) } }

    override fun securityLevel(): SecurityLevel = asked {
        val alias = hardware.aliases().toList().firstOrNull { it == DEVICE || it.startsWith(WRAPPING) }
            ?: throw KeyStoreException.Missing()
        val key = key(alias)
        val info = when (key) {
            is SecretKey -> SecretKeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
            else -> KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
        } as KeyInfo
        @Suppress("DEPRECATION")
        when {
            Build.VERSION.SDK_INT >= ANDROID_12 && Newer.isStrongBox(info) -> SecurityLevel.SECURE_ELEMENT
            info.isInsideSecureHardware -> SecurityLevel.TRUSTED_ENVIRONMENT
            else -> SecurityLevel.SOFTWARE
        }
    }

    // It stays on this phone, and the core keeps a hash of it only.
    @SuppressLint("HardwareIds")
    override fun phoneMark(): ByteArray {
        val id = Settings.Secure.getString(context.contentResolver, Settings.Secure.ANDROID_ID)
            ?: throw KeyStoreException.Busy()
        return MessageDigest.getInstance("SHA-256").digest(id.toByteArray()).copyOf(16)
    }

    override fun createDeviceKey(): ByteArray = asked {
        val generator = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER)
        fun spec() = KeyGenParameterSpec.Builder(DEVICE, KeyProperties.PURPOSE_SIGN)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_SHA256)
        val pair = strongest { strong ->
            generator.initialize(spec().apply { if (strong) Newer.inStrongBox(this) }.build())
            generator.generateKeyPair()
        }
        point(pair.public as ECPublicKey)
    }

    override fun deviceKey(): ByteArray = asked {
        present(DEVICE)
        point(hardware.getCertificate(DEVICE).publicKey as ECPublicKey)
    }

    override fun sign(message: ByteArray): ByteArray = asked {
        val signature = Signature.getInstance("SHA256withECDSA")
        signature.initSign(key(DEVICE) as PrivateKey)
        signature.update(message)
        halves(signature.sign())
    }

    override fun createWrappingKey(generation: UInt) = asked {
        if (!hardware.containsAlias(WRAPPING + generation)) secret(WRAPPING + generation)
    }

    override fun wrapDataKey(generation: UInt, dataKey: ByteArray): ByteArray = asked {
        val cipher = Cipher.getInstance(GCM)
        cipher.init(Cipher.ENCRYPT_MODE, key(WRAPPING + generation))
        val wrapped = cipher.doFinal(dataKey)
        dataKey.fill(0)
        cipher.iv + wrapped
    }

    override fun unwrapDataKey(generation: UInt, wrapped: ByteArray): ByteArray = asked {
        if (wrapped.size <= NONCE) throw KeyStoreException.NotUnwrapped()
        val cipher = Cipher.getInstance(GCM)
        cipher.init(Cipher.DECRYPT_MODE, key(WRAPPING + generation), GCMParameterSpec(128, wrapped, 0, NONCE))
        cipher.doFinal(wrapped, NONCE, wrapped.size - NONCE)
    }

    override fun deleteWrappingKey(generation: UInt) = asked { hardware.deleteEntry(WRAPPING + generation) }

    override fun deleteDeviceKey() = asked { hardware.deleteEntry(DEVICE) }

    // A number cannot be kept in the key store, but a key that bears it as its name can: it goes when the keys go,
    // and does not come back with a folder.
    override fun epoch(): ULong = asked { epochs().maxOrNull() ?: 0UL }

    override fun keepEpoch(epoch: ULong) = asked {
        val before = epochs()
        if (epoch != 0UL && epoch !in before) secret(EPOCH + epoch)
        (before - epoch).forEach { hardware.deleteEntry(EPOCH + it) }
    }

    private fun epochs(): List<ULong> =
        hardware.aliases().toList().filter { it.startsWith(EPOCH) }.mapNotNull { it.removePrefix(EPOCH).toULongOrNull() }

    private fun secret(alias: String) {
        val generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER)
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        generator.init(
            KeyGenParameterSpec.Builder(alias, purposes)
                .setKeySize(256)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .build(),
        )
        generator.generateKey()
    }

    private fun key(alias: String): Key {
        present(alias)
        return hardware.getKey(alias, null) ?: throw KeyStoreException.Busy()
    }

    /** A key store that does not answer says that it has no key: it is believed only when it can make one. */
    private fun present(alias: String) {
        if (hardware.containsAlias(alias)) return
        secret(PROBE)
        hardware.deleteEntry(PROBE)
        throw if (hardware.containsAlias(alias)) KeyStoreException.Busy() else KeyStoreException.Missing()
    }

    private fun <T> strongest(make: (strong: Boolean) -> T): T {
        if (Build.VERSION.SDK_INT < ANDROID_9) return make(false)
        return try {
            make(true)
        } catch (error: ProviderException) {
            if (!Newer.isStrongBoxUnavailable(error)) throw error
            make(false)
        }
    }

    private inline fun <T> asked(ask: () -> T): T {
        try {
            if (Build.VERSION.SDK_INT >= ANDROID_7 && !Newer.isUnlocked(context)) throw KeyStoreException.Locked()
            return ask()
        } catch (error: GeneralSecurityException) {
            throw stateOf(error)
        } catch (error: ProviderException) {
            throw stateOf(error)
        } catch (error: IllegalStateException) {
            throw stateOf(error)
        }
    }
}

/** The state of the keys that an exception of the key store means. */
internal fun stateOf(error: Throwable): KeyStoreException {
    if (Build.VERSION.SDK_INT >= ANDROID_13) {
        generateSequence(error) { it.cause }.firstNotNullOfOrNull(Newer::stateOf)?.let { return it }
    }
    return when (error) {
        is KeyPermanentlyInvalidatedException -> KeyStoreException.LockRemoved()
        is UserNotAuthenticatedException -> KeyStoreException.Locked()
        is BadPaddingException -> KeyStoreException.NotUnwrapped()
        is NoSuchAlgorithmException, is NoSuchProviderException, is InvalidAlgorithmParameterException ->
            KeyStoreException.Unsupported()
        is UnrecoverableKeyException -> KeyStoreException.Failed(1)
        is InvalidKeyException -> KeyStoreException.Failed(2)
        else -> KeyStoreException.Busy()
    }
}

/** `04 | x | y`. */
private fun point(key: ECPublicKey): ByteArray = byteArrayOf(4) + half(key.w.affineX) + half(key.w.affineY)

private fun half(number: BigInteger): ByteArray {
    val bytes = number.toByteArray().dropWhile { it == 0.toByte() }
    return ByteArray(HALF - bytes.size) + bytes
}

/** `r | s` from the DER sequence of two numbers, in which Java has signatures. */
internal fun halves(der: ByteArray): ByteArray {
    val first = 4
    val second = first + der[first - 1] + 2
    return half(BigInteger(der.copyOfRange(first, second - 2))) +
        half(BigInteger(der.copyOfRange(second, second + der[second - 1])))
}
