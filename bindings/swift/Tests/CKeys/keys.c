#define _GNU_SOURCE
#include "keys.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <sys/syscall.h>
#include <unistd.h>

CKey *ckey_new(void) { return EVP_EC_gen("P-256"); }

void ckey_free(CKey *key) { EVP_PKEY_free(key); }

int ckey_save(const CKey *key, uint8_t *out, int room) {
  uint8_t *to = out;
  int length = i2d_PrivateKey(key, NULL);
  return length > 0 && length <= room ? i2d_PrivateKey(key, &to) : 0;
}

CKey *ckey_load(const uint8_t *from, int length) { return d2i_AutoPrivateKey(NULL, &from, length); }

int ckey_public(const CKey *key, uint8_t out[65]) {
  size_t length = 0;
  return EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out, 65, &length) && length == 65;
}

int ckey_sign(CKey *key, const uint8_t *message, size_t length, uint8_t out[64]) {
  uint8_t der[80];
  size_t der_length = sizeof der;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int done = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestSign(context, der, &der_length, message, length) == 1;
  EVP_MD_CTX_free(context);
  const uint8_t *from = der;
  ECDSA_SIG *signature = done ? d2i_ECDSA_SIG(NULL, &from, (long)der_length) : NULL;
  done = signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32) == 32;
  ECDSA_SIG_free(signature);
  return done;
}

uint64_t cthread(void) { return (uint64_t)syscall(SYS_gettid); }

int csecret_new(uint8_t out[32]) { return RAND_bytes(out, 32) == 1; }

int csecret_wrap(const uint8_t secret[32], const uint8_t plain[32], uint8_t out[60]) {
  int length = 0;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int done = context && RAND_bytes(out, 12) == 1 &&
             EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, secret, out) == 1 &&
             EVP_EncryptUpdate(context, out + 12, &length, plain, 32) == 1 &&
             EVP_EncryptFinal_ex(context, out + 44, &length) == 1 &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, out + 44) == 1;
  EVP_CIPHER_CTX_free(context);
  return done;
}

int csecret_unwrap(const uint8_t secret[32], const uint8_t sealed[60], uint8_t out[32]) {
  int length = 0;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int done = context && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, secret, sealed) == 1 &&
             EVP_DecryptUpdate(context, out, &length, sealed + 12, 32) == 1 &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, (void *)(sealed + 44)) == 1 &&
             EVP_DecryptFinal_ex(context, out + 32, &length) == 1;
  EVP_CIPHER_CTX_free(context);
  return done;
}
