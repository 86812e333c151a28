/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/tls_cipher.h"

#include "analyze/proto/libcrypto.h"
#include "base/arena.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>

#define CIPHER_FUNCTIONS(X)                                                                        \
    X(EVP_MAC_fetch)                                                                               \
    X(EVP_MAC_CTX_new)                                                                             \
    X(EVP_MAC_CTX_free)                                                                            \
    X(EVP_MAC_init)                                                                                \
    X(EVP_MAC_update)                                                                              \
    X(EVP_MAC_final)                                                                               \
    X(OSSL_PARAM_construct_utf8_string)                                                            \
    X(OSSL_PARAM_construct_end)                                                                    \
    X(EVP_CIPHER_CTX_new)                                                                          \
    X(EVP_CIPHER_CTX_free)                                                                         \
    X(EVP_CIPHER_CTX_ctrl)                                                                         \
    X(EVP_CIPHER_CTX_set_padding)                                                                  \
    X(EVP_DecryptInit_ex)                                                                          \
    X(EVP_DecryptUpdate)                                                                           \
    X(EVP_DecryptFinal_ex)                                                                         \
    X(EVP_aes_128_gcm)                                                                             \
    X(EVP_aes_256_gcm)                                                                             \
    X(EVP_chacha20_poly1305)                                                                       \
    X(EVP_aes_128_cbc)                                                                             \
    X(EVP_aes_256_cbc)                                                                             \
    X(ERR_clear_error)

static struct {
#define X(name) __typeof__(name) *name;
    CIPHER_FUNCTIONS(X)
#undef X
    EVP_MAC *hmac;
    bool loaded;
} crypto;

static void crypto_load(void)
{
    crypto.loaded = true;
#define X(name) crypto.loaded &= libcrypto_find(#name, &crypto.name);
    CIPHER_FUNCTIONS(X)
#undef X
    if (crypto.loaded)
        crypto.hmac = crypto.EVP_MAC_fetch(NULL, "HMAC", NULL);
    crypto.loaded = crypto.hmac != NULL;
}

bool cipher_is_there(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, crypto_load);
    return crypto.loaded;
}

static const char *const digest_names[N_DIGESTS] = {
    [DIGEST_MD5] = "MD5",
    [DIGEST_SHA1] = "SHA1",
    [DIGEST_SHA256] = "SHA256",
    [DIGEST_SHA384] = "SHA384",
};

bool hmac_make(const struct hmac *h, uint8_t mac[DIGEST_MAX])
{
    if (!cipher_is_there())
        return false;
    OSSL_PARAM how[] = {
        crypto.OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                (char *)digest_names[h->digest], 0),
        crypto.OSSL_PARAM_construct_end(),
    };
    size_t len = 0;
    EVP_MAC_CTX *ctx = crypto.EVP_MAC_CTX_new(crypto.hmac);
    bool made =
        ctx && crypto.EVP_MAC_init(ctx, h->key.at, h->key.left, how) == 1 &&
        crypto.EVP_MAC_update(ctx, h->first.at, h->first.left) == 1 &&
        (h->second.left == 0 || crypto.EVP_MAC_update(ctx, h->second.at, h->second.left) == 1) &&
        crypto.EVP_MAC_final(ctx, mac, &len, DIGEST_MAX) == 1;
    crypto.EVP_MAC_CTX_free(ctx);
    crypto.ERR_clear_error();
    return made && len == digest_len(h->digest);
}

struct cipher {
    EVP_CIPHER_CTX *ctx;
};

static const EVP_CIPHER *cipher_of(enum cipher_kind kind)
{
    switch (kind) {
    case CIPHER_AES_128_GCM:
        return crypto.EVP_aes_128_gcm();
    case CIPHER_AES_256_GCM:
        return crypto.EVP_aes_256_gcm();
    case CIPHER_CHACHA20_POLY1305:
        return crypto.EVP_chacha20_poly1305();
    case CIPHER_AES_128_CBC:
        return crypto.EVP_aes_128_cbc();
    default:
        return crypto.EVP_aes_256_cbc();
    }
}

struct cipher *cipher_new(enum cipher_kind kind, const uint8_t *key)
{
    if (!cipher_is_there())
        return NULL;
    struct cipher *c = memory_zeroed(sizeof *c);
    c->ctx = crypto.EVP_CIPHER_CTX_new();
    if (c->ctx && crypto.EVP_DecryptInit_ex(c->ctx, cipher_of(kind), NULL, key, NULL) == 1)
        return c;
    cipher_free(c);
    return NULL;
}

void cipher_free(struct cipher *c)
{
    if (!c)
        return;
    crypto.EVP_CIPHER_CTX_free(c->ctx); /* which wipes the key */
    crypto.ERR_clear_error();
    memory_release(c);
}

static bool cipher_run(struct cipher *c, const struct sealed *s, uint8_t *plain)
{
    int n;
    if (crypto.EVP_DecryptInit_ex(c->ctx, NULL, NULL, NULL, s->iv) != 1)
        return false;
    if (!s->tag)
        crypto.EVP_CIPHER_CTX_set_padding(c->ctx, 0);
    else if (crypto.EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG,
                                        (void *)s->tag) != 1 ||
             crypto.EVP_DecryptUpdate(c->ctx, NULL, &n, s->extra.at, (int)s->extra.left) != 1)
        return false;
    uint8_t rest[CIPHER_BLOCK];
    return (s->text.left == 0 ||
            crypto.EVP_DecryptUpdate(c->ctx, plain, &n, s->text.at, (int)s->text.left) == 1) &&
           crypto.EVP_DecryptFinal_ex(c->ctx, rest, &n) == 1;
}

bool cipher_open(struct cipher *c, const struct sealed *s, uint8_t *plain)
{
    bool opened = cipher_run(c, s, plain);
    crypto.ERR_clear_error();
    return opened;
}
