/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By Windows' own bcrypt. ChaCha20-Poly1305 came with Windows 11: before, a cipher of that kind
 * cannot be made, and what was encrypted with it stays closed.
 */
#include "analyze/proto/tls_cipher.h"

#include "base/arena.h"

#include <string.h>
#include <windows.h>

#include <bcrypt.h>

static struct {
    BCRYPT_ALG_HANDLE hmacs[N_DIGESTS], ciphers[N_CIPHERS]; /* NULL: Windows has none */
} crypto;

static BCRYPT_ALG_HANDLE algorithm_open(const wchar_t *name, ULONG flags)
{
    BCRYPT_ALG_HANDLE algorithm;
    return BCryptOpenAlgorithmProvider(&algorithm, name, NULL, flags) == 0 ? algorithm : NULL;
}

static BCRYPT_ALG_HANDLE cipher_mode(const wchar_t *name, const wchar_t *mode)
{
    BCRYPT_ALG_HANDLE algorithm = algorithm_open(name, 0);
    ULONG size = (ULONG)((wcslen(mode) + 1) * sizeof *mode);
    if (algorithm &&
        BCryptSetProperty(algorithm, BCRYPT_CHAINING_MODE, (PUCHAR)(uintptr_t)mode, size, 0) == 0)
        return algorithm;
    if (algorithm)
        BCryptCloseAlgorithmProvider(algorithm, 0);
    return NULL;
}

static BOOL CALLBACK crypto_load(INIT_ONCE *once, void *parameter, void **context)
{
    (void)once, (void)parameter, (void)context;
    static const wchar_t *const digests[N_DIGESTS] = {
        [DIGEST_MD5] = BCRYPT_MD5_ALGORITHM,
        [DIGEST_SHA1] = BCRYPT_SHA1_ALGORITHM,
        [DIGEST_SHA256] = BCRYPT_SHA256_ALGORITHM,
        [DIGEST_SHA384] = BCRYPT_SHA384_ALGORITHM,
    };
    for (int i = 0; i < N_DIGESTS; i++)
        crypto.hmacs[i] = algorithm_open(digests[i], BCRYPT_ALG_HANDLE_HMAC_FLAG);
    BCRYPT_ALG_HANDLE gcm = cipher_mode(BCRYPT_AES_ALGORITHM, BCRYPT_CHAIN_MODE_GCM);
    BCRYPT_ALG_HANDLE cbc = cipher_mode(BCRYPT_AES_ALGORITHM, BCRYPT_CHAIN_MODE_CBC);
    crypto.ciphers[CIPHER_AES_128_GCM] = crypto.ciphers[CIPHER_AES_256_GCM] = gcm;
    crypto.ciphers[CIPHER_AES_128_CBC] = crypto.ciphers[CIPHER_AES_256_CBC] = cbc;
    crypto.ciphers[CIPHER_CHACHA20_POLY1305] = algorithm_open(L"CHACHA20_POLY1305", 0);
    return TRUE;
}

bool cipher_is_there(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    InitOnceExecuteOnce(&once, crypto_load, NULL, NULL);
    return crypto.hmacs[DIGEST_SHA256] && crypto.ciphers[CIPHER_AES_128_GCM];
}

/* bcrypt takes what it only reads without const. */
static PUCHAR bytes_of(const uint8_t *bytes)
{
    return (PUCHAR)(uintptr_t)bytes;
}

static bool hash_run(BCRYPT_HASH_HANDLE hash, const struct hmac *h, uint8_t *mac)
{
    return BCryptHashData(hash, bytes_of(h->first.at), (ULONG)h->first.left, 0) == 0 &&
           (h->second.left == 0 ||
            BCryptHashData(hash, bytes_of(h->second.at), (ULONG)h->second.left, 0) == 0) &&
           BCryptFinishHash(hash, mac, digest_len(h->digest), 0) == 0;
}

bool hmac_make(const struct hmac *h, uint8_t mac[DIGEST_MAX])
{
    BCRYPT_HASH_HANDLE hash;
    if (!cipher_is_there() || !crypto.hmacs[h->digest] ||
        BCryptCreateHash(crypto.hmacs[h->digest], &hash, NULL, 0, bytes_of(h->key.at),
                         (ULONG)h->key.left, 0) != 0)
        return false;
    bool made = hash_run(hash, h, mac);
    BCryptDestroyHash(hash);
    return made;
}

struct cipher {
    BCRYPT_KEY_HANDLE key;
};

static ULONG key_len(enum cipher_kind kind)
{
    return kind == CIPHER_AES_128_GCM || kind == CIPHER_AES_128_CBC ? 16 : CIPHER_KEY_MAX;
}

struct cipher *cipher_new(enum cipher_kind kind, const uint8_t *key)
{
    BCRYPT_KEY_HANDLE handle;
    if (!cipher_is_there() || !crypto.ciphers[kind] ||
        BCryptGenerateSymmetricKey(crypto.ciphers[kind], &handle, NULL, 0, bytes_of(key),
                                   key_len(kind), 0) != 0)
        return NULL;
    struct cipher *c = memory_zeroed(sizeof *c);
    c->key = handle;
    return c;
}

void cipher_free(struct cipher *c)
{
    if (!c)
        return;
    BCryptDestroyKey(c->key); /* which wipes it */
    memory_release(c);
}

static bool aead_run(struct cipher *c, const struct sealed *s, uint8_t *plain)
{
    BCRYPT_AUTHENTICATED_CIPHER_MODE_INFO how;
    ULONG n;
    BCRYPT_INIT_AUTH_MODE_INFO(how);
    how.pbNonce = bytes_of(s->iv);
    how.cbNonce = CIPHER_NONCE;
    how.pbAuthData = bytes_of(s->extra.at);
    how.cbAuthData = (ULONG)s->extra.left;
    how.pbTag = bytes_of(s->tag);
    how.cbTag = CIPHER_TAG;
    ULONG len = (ULONG)s->text.left;
    return BCryptDecrypt(c->key, bytes_of(s->text.at), len, &how, NULL, 0, plain, len, &n, 0) == 0;
}

static bool cbc_run(struct cipher *c, const struct sealed *s, uint8_t *plain)
{
    uint8_t iv[CIPHER_BLOCK]; /* bcrypt leaves the last block there */
    ULONG n, len = (ULONG)s->text.left;
    memcpy(iv, s->iv, sizeof iv);
    return len == 0 || BCryptDecrypt(c->key, bytes_of(s->text.at), len, NULL, iv, sizeof iv, plain,
                                     len, &n, 0) == 0;
}

bool cipher_open(struct cipher *c, const struct sealed *s, uint8_t *plain)
{
    return s->tag ? aead_run(c, s, plain) : cbc_run(c, s, plain);
}
