/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the IANA registry "TLS Cipher Suites" say what a suite is made of. */
#include "analyze/proto/tls_suite.h"

#include <string.h>

static const struct part {
    const char *name;
    struct tls_suite suite;
} ciphers[] = {
    /* RFC 5288 section 3 */
    {"_AES_128_GCM_",
     {.cipher = CIPHER_AES_128_GCM, .key_len = 16, .iv_len = 4, .explicit_len = 8}},
    {"_AES_256_GCM_",
     {.cipher = CIPHER_AES_256_GCM, .key_len = 32, .iv_len = 4, .explicit_len = 8}},
    /* RFC 7905 section 2 */
    {"_CHACHA20_POLY1305_",
     {.cipher = CIPHER_CHACHA20_POLY1305, .key_len = 32, .iv_len = CIPHER_NONCE}},
    /* RFC 5246 section 6.2.3.2; before TLS 1.1 the IV is derived */
    {"_AES_128_CBC_",
     {.cipher = CIPHER_AES_128_CBC, .cbc = true, .key_len = 16, .explicit_len = CIPHER_BLOCK}},
    {"_AES_256_CBC_",
     {.cipher = CIPHER_AES_256_CBC, .cbc = true, .key_len = 32, .explicit_len = CIPHER_BLOCK}},
};

static const struct {
    const char *suffix;
    enum digest digest;
} digests[] = {{"_SHA384", DIGEST_SHA384}, {"_SHA256", DIGEST_SHA256}, {"_SHA", DIGEST_SHA1}};

static bool ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name), n = strlen(suffix);
    return len >= n && strcmp(name + (len - n), suffix) == 0;
}

static bool suite_name_digest(const char *name, enum digest *digest)
{
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        if (ends_with(name, digests[i].suffix)) {
            *digest = digests[i].digest;
            return true;
        }
    }
    return false;
}

/* TLS 1.3 has suites of its own (RFC 8446 appendix B.4), and AEADs came with TLS 1.2. */
static bool suite_fits(const struct tls_suite *s, const char *name)
{
    bool of_13 = strstr(name, "_WITH_") == NULL;
    return s->version >= TLS_1_0 && s->version <= TLS_1_3 && of_13 == (s->version == TLS_1_3) &&
           (s->cbc || s->version >= TLS_1_2);
}

static void suite_complete(struct tls_suite *s, enum digest digest)
{
    s->mac = (uint8_t)digest;
    s->mac_len = s->cbc ? digest_len(digest) : 0;
    s->prf = (uint8_t)(digest == DIGEST_SHA384 ? DIGEST_SHA384 : DIGEST_SHA256);
    if (s->version == TLS_1_3) {
        s->iv_len = CIPHER_NONCE;
        s->explicit_len = 0;
    } else if (s->cbc && s->version == TLS_1_0) {
        s->iv_len = CIPHER_BLOCK;
        s->explicit_len = 0;
    }
}

bool tls_suite_of(uint16_t version, uint16_t cipher, struct tls_suite *suite)
{
    const char *name = rdpath_cipher_name(cipher);
    enum digest digest;
    if (!name || !suite_name_digest(name, &digest))
        return false;
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        if (!strstr(name, ciphers[i].name))
            continue;
        *suite = ciphers[i].suite;
        suite->version = version;
        suite_complete(suite, digest);
        return suite_fits(suite, name);
    }
    return false;
}
