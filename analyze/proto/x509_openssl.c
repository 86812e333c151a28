/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates by OpenSSL's libcrypto 3. */
#include "analyze/proto/x509.h"

#include "analyze/proto/digest.h"
#include "analyze/proto/libcrypto.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DER_MAX = 65535,         /* larger than any that was ever made for a host */
    HOST_NAME_MAX_LEN = 253, /* RFC 1035 section 2.3.4 */
};

#define CRYPTO_FUNCTIONS(X)                                                                        \
    X(d2i_X509)                                                                                    \
    X(X509_free)                                                                                   \
    X(X509_get_subject_name)                                                                       \
    X(X509_get_issuer_name)                                                                        \
    X(X509_NAME_cmp)                                                                               \
    X(X509_NAME_print_ex)                                                                          \
    X(X509_get0_notBefore)                                                                         \
    X(X509_get0_notAfter)                                                                          \
    X(ASN1_TIME_to_tm)                                                                             \
    X(X509_get0_pubkey)                                                                            \
    X(EVP_PKEY_get_base_id)                                                                        \
    X(EVP_PKEY_get_bits)                                                                           \
    X(EVP_PKEY_get_group_name)                                                                     \
    X(X509_get_signature_nid)                                                                      \
    X(OBJ_nid2ln)                                                                                  \
    X(X509_check_host)                                                                             \
    X(X509_check_ip_asc)                                                                           \
    X(EVP_sha256)                                                                                  \
    X(EVP_Digest)                                                                                  \
    X(BIO_s_mem)                                                                                   \
    X(BIO_new)                                                                                     \
    X(BIO_free)                                                                                    \
    X(BIO_read)                                                                                    \
    X(BIO_ctrl_pending)                                                                            \
    X(ERR_clear_error)

static struct {
#define X(name) __typeof__(name) *name;
    CRYPTO_FUNCTIONS(X)
#undef X
    bool loaded;
} crypto;

static void crypto_load(void)
{
    crypto.loaded = true;
#define X(name) crypto.loaded &= libcrypto_find(#name, &crypto.name);
    CRYPTO_FUNCTIONS(X)
#undef X
}

static bool crypto_ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, crypto_load);
    return crypto.loaded;
}

struct x509 {
    X509 *parsed;
    const uint8_t *der;
    size_t len;
};

struct x509 *x509_open(const uint8_t *der, size_t len)
{
    if (len == 0 || len > DER_MAX || !crypto_ready())
        return NULL;
    const uint8_t *at = der;
    X509 *parsed = crypto.d2i_X509(NULL, &at, (long)len);
    crypto.ERR_clear_error();
    if (!parsed)
        return NULL;
    struct x509 *x = memory_zeroed(sizeof *x);
    *x = (struct x509){parsed, der, len};
    return x;
}

void x509_close(struct x509 *x)
{
    if (x)
        crypto.X509_free(x->parsed);
    free(x);
}

/* "CN=rds01, O=Example": as in RFC 2253, but in the certificate's order, and UTF-8 left alone. */
static const char *x509_name(struct arena *arena, const X509_NAME *name)
{
    const unsigned long flags = (ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) |
                                XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;
    const char *text = NULL;
    BIO *out = crypto.BIO_new(crypto.BIO_s_mem());
    if (out && crypto.X509_NAME_print_ex(out, name, 0, flags) >= 0) {
        size_t len = crypto.BIO_ctrl_pending(out);
        char *copy = arena_alloc(arena, len + 1);
        if (len == 0 || crypto.BIO_read(out, copy, (int)len) == (int)len)
            text = copy;
    }
    crypto.BIO_free(out);
    crypto.ERR_clear_error();
    return text ? text : "(unreadable)";
}

static int64_t x509_time(const ASN1_TIME *time)
{
    struct tm tm = {0};
    if (!time || !crypto.ASN1_TIME_to_tm(time, &tm))
        return 0;
    return (int64_t)timegm(&tm);
}

static const char *x509_key(struct arena *arena, const X509 *x)
{
    char group[64] = "";
    size_t len;
    EVP_PKEY *key = crypto.X509_get0_pubkey(x);
    if (!key)
        return "unknown";
    int bits = crypto.EVP_PKEY_get_bits(key);
    switch (crypto.EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return arena_format(arena, "rsa-%d", bits);
    case EVP_PKEY_RSA_PSS:
        return arena_format(arena, "rsa-pss-%d", bits);
    case EVP_PKEY_DSA:
        return arena_format(arena, "dsa-%d", bits);
    case EVP_PKEY_ED25519:
        return "ed25519";
    case EVP_PKEY_ED448:
        return "ed448";
    case EVP_PKEY_EC:
        if (crypto.EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1)
            return arena_format(arena, "ec-%s", group);
        return arena_format(arena, "ec-%d", bits);
    default:
        return "unknown";
    }
}

static const char *x509_sha256(struct arena *arena, const uint8_t *der, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (!crypto.EVP_Digest(der, len, digest, &n, crypto.EVP_sha256(), NULL))
        return "";
    char *text = arena_alloc(arena, 2 * (size_t)n + 1);
    for (unsigned i = 0; i < n; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return text;
}

void x509_read(const struct x509 *x, struct arena *arena, struct rdpath_certificate *out)
{
    const X509_NAME *subject = crypto.X509_get_subject_name(x->parsed);
    const X509_NAME *issuer = crypto.X509_get_issuer_name(x->parsed);
    const char *signature = crypto.OBJ_nid2ln(crypto.X509_get_signature_nid(x->parsed));
    out->subject = x509_name(arena, subject);
    out->issuer = x509_name(arena, issuer);
    out->self_signed = crypto.X509_NAME_cmp(subject, issuer) == 0;
    out->not_before_s = x509_time(crypto.X509_get0_notBefore(x->parsed));
    out->not_after_s = x509_time(crypto.X509_get0_notAfter(x->parsed));
    out->key = x509_key(arena, x->parsed);
    out->signature = signature ? signature : "unknown";
    out->sha256 = x509_sha256(arena, x->der, x->len);
    crypto.ERR_clear_error();
}

bool x509_names(const struct x509 *x, const struct rdpath_text *name)
{
    char host[HOST_NAME_MAX_LEN + 1] = "";
    if (name->len == 0 || name->len > HOST_NAME_MAX_LEN || memchr(name->bytes, 0, name->len))
        return false;
    memcpy(host, name->bytes, name->len);
    bool named = crypto.X509_check_host(x->parsed, host, name->len, 0, NULL) == 1 ||
                 crypto.X509_check_ip_asc(x->parsed, host, 0) == 1;
    crypto.ERR_clear_error();
    return named;
}

bool digest_sha256(const uint8_t *bytes, size_t len, uint8_t out[32])
{
    unsigned n = 0;
    return crypto_ready() && crypto.EVP_Digest(bytes, len, out, &n, crypto.EVP_sha256(), NULL);
}
