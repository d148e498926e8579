package org.liangma.app

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.StrongBoxUnavailableException
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactorySpi
import org.robolectric.util.ReflectionHelpers

/** What stands behind the name AndroidKeyStore on a phone without a secure element: keys of the JVM, in memory. */
internal object Hardware {
    val keys = sortedMapOf<String, Any>()

    /** Puts it in its place, with no key in it. */
    fun install() {
        keys.clear()
        Security.removeProvider("AndroidKeyStore")
        Security.addProvider(Chip())
    }

    /** What Robolectric does not have: the class has no constructor that a program may call. */
    fun info(): KeyInfo = ReflectionHelpers.newInstance(KeyInfo::class.java)
}

private class Chip : Provider("AndroidKeyStore", "1", "keys in memory") {
    init {
        service("KeyStore", "AndroidKeyStore", ::Store)
        service("KeyPairGenerator", "EC", ::Pairs)
        service("KeyGenerator", "AES", ::Secrets)
        service("KeyFactory", "EC", ::PairFacts)
        service("SecretKeyFactory", "AES", ::SecretFacts)
    }

    private fun service(type: String, name: String, make: () -> Any) = putService(
        object : Service(this, type, name, make.javaClass.name, null, null) {
            override fun newInstance(parameter: Any?): Any = make()
        },
    )
}

private class Signed(private val key: PublicKey) : Certificate("none") {
    override fun getPublicKey() = key
    override fun getEncoded() = ByteArray(0)
    override fun verify(key: PublicKey?) = Unit
    override fun verify(key: PublicKey?, provider: String?) = Unit
    override fun toString() = "a certificate"
}

private class Store : KeyStoreSpi() {
    private val keys get() = Hardware.keys
    override fun engineGetKey(alias: String, password: CharArray?): Key? =
        keys[alias].let { if (it is KeyPair) it.private else it as Key? }
    override fun engineGetCertificate(alias: String): Certificate? = (keys[alias] as? KeyPair)?.let { Signed(it.public) }
    override fun engineDeleteEntry(alias: String) { keys.remove(alias) }
    override fun engineAliases(): Enumeration<String> = Collections.enumeration(keys.keys.toList())
    override fun engineContainsAlias(alias: String) = alias in keys
    override fun engineSize() = keys.size
    override fun engineIsKeyEntry(alias: String) = alias in keys
    override fun engineIsCertificateEntry(alias: String) = false
    override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
    override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit
    override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null
    override fun engineGetCreationDate(alias: String): Date? = null
    override fun engineGetCertificateAlias(certificate: Certificate?): String? = null
    override fun engineSetKeyEntry(alias: String, key: Key?, password: CharArray?, chain: Array<Certificate>?) = error("not asked")
    override fun engineSetKeyEntry(alias: String, key: ByteArray?, chain: Array<Certificate>?) = error("not asked")
    override fun engineSetCertificateEntry(alias: String, certificate: Certificate?) = error("not asked")
}

private class Pairs : KeyPairGeneratorSpi() {
    private lateinit var wanted: KeyGenParameterSpec
    override fun initialize(size: Int, random: SecureRandom?) = error("not asked")
    override fun initialize(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
        wanted = parameters as KeyGenParameterSpec
    }

    override fun generateKeyPair(): KeyPair {
        if (wanted.isStrongBoxBacked) throw StrongBoxUnavailableException()
        val maker = KeyPairGenerator.getInstance("EC", "SunEC").apply { initialize(wanted.algorithmParameterSpec) }
        return maker.generateKeyPair().also { Hardware.keys[wanted.keystoreAlias] = it }
    }
}

private class Secrets : KeyGeneratorSpi() {
    private lateinit var wanted: KeyGenParameterSpec
    override fun engineInit(random: SecureRandom?) = error("not asked")
    override fun engineInit(size: Int, random: SecureRandom?) = error("not asked")
    override fun engineInit(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
        wanted = parameters as KeyGenParameterSpec
    }

    override fun engineGenerateKey(): SecretKey = KeyGenerator.getInstance("AES", "SunJCE")
        .apply { init(wanted.keySize) }.generateKey().also { Hardware.keys[wanted.keystoreAlias] = it }
}

private class PairFacts : KeyFactorySpi() {
    @Suppress("UNCHECKED_CAST")
    override fun <T : KeySpec> engineGetKeySpec(key: Key?, type: Class<T>?): T = Hardware.info() as T
    override fun engineGeneratePublic(spec: KeySpec?): PublicKey = error("not asked")
    override fun engineGeneratePrivate(spec: KeySpec?): PrivateKey = error("not asked")
    override fun engineTranslateKey(key: Key?): Key = error("not asked")
}

private class SecretFacts : SecretKeyFactorySpi() {
    override fun engineGetKeySpec(key: SecretKey?, type: Class<*>?): KeySpec = Hardware.info()
    override fun engineGenerateSecret(spec: KeySpec?): SecretKey = error("not asked")
    override fun engineTranslateKey(key: SecretKey?): SecretKey = error("not asked")
}
