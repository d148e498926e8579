// Keys for the tests of a key store in Swift: P-256 and AES-256-GCM by OpenSSL. Returns 1 when it worked.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct evp_pkey_st CKey;

CKey *ckey_new(void);
void ckey_free(CKey *key);
/// Writes the key, so that another process of a test can load it; its length, or 0.
int ckey_save(const CKey *key, uint8_t *out, int room);
CKey *ckey_load(const uint8_t *from, int length);
/// 65 bytes, 04 | x | y.
int ckey_public(const CKey *key, uint8_t out[65]);
/// ES256: 64 bytes, r | s.
int ckey_sign(CKey *key, const uint8_t *message, size_t length, uint8_t out[64]);
/// The number of this thread, which no other of the process has or had.
uint64_t cthread(void);
/// 32 random bytes.
int csecret_new(uint8_t out[32]);
/// Seals 32 bytes: 12 of nonce, 32 sealed, 16 of tag.
int csecret_wrap(const uint8_t secret[32], const uint8_t plain[32], uint8_t out[60]);
int csecret_unwrap(const uint8_t secret[32], const uint8_t sealed[60], uint8_t out[32]);
