/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/x509_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    ENCODING = X509_ASN_ENCODING,
    UNIT = 2,        /* bytes of a unit of UTF-16 */
    ESCAPED_MAX = 4, /* bytes that one of them can become */
};

struct word {
    const char *oid, *text;
};

/* RFC 4519 and X.520; the short names of OpenSSL, as they have been since SSLeay. */
static const struct word attributes[] = {
    {"2.5.4.3", "CN"},
    {"2.5.4.4", "SN"},
    {"2.5.4.5", "serialNumber"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "ST"},
    {"2.5.4.9", "street"},
    {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"},
    {"2.5.4.12", "title"},
    {"2.5.4.13", "description"},
    {"2.5.4.15", "businessCategory"},
    {"2.5.4.17", "postalCode"},
    {"2.5.4.41", "name"},
    {"2.5.4.42", "GN"},
    {"2.5.4.43", "initials"},
    {"2.5.4.44", "generationQualifier"},
    {"2.5.4.46", "dnQualifier"},
    {"2.5.4.65", "pseudonym"},
    {"2.5.4.97", "organizationIdentifier"},
    {"0.9.2342.19200300.100.1.1", "UID"},
    {"0.9.2342.19200300.100.1.3", "mail"},
    {"0.9.2342.19200300.100.1.25", "DC"},
    {"1.2.840.113549.1.9.1", "emailAddress"},
    {"1.2.840.113549.1.9.2", "unstructuredName"},
    {"1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"},
    {"1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"},
    {"1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"},
};

/* RFC 3279, 4055, 5758, 8410. */
static const struct word signatures[] = {
    {"1.2.840.113549.1.1.2", "md2WithRSAEncryption"},
    {"1.2.840.113549.1.1.4", "md5WithRSAEncryption"},
    {"1.2.840.113549.1.1.5", "sha1WithRSAEncryption"},
    {"1.3.14.3.2.29", "sha1WithRSA"},
    {"1.2.840.113549.1.1.10", "rsassaPss"},
    {"1.2.840.113549.1.1.11", "sha256WithRSAEncryption"},
    {"1.2.840.113549.1.1.12", "sha384WithRSAEncryption"},
    {"1.2.840.113549.1.1.13", "sha512WithRSAEncryption"},
    {"1.2.840.113549.1.1.14", "sha224WithRSAEncryption"},
    {"1.2.840.10040.4.3", "dsaWithSHA1"},
    {"2.16.840.1.101.3.4.3.2", "dsa_with_SHA256"},
    {"1.2.840.10045.4.1", "ecdsa-with-SHA1"},
    {"1.2.840.10045.4.3.1", "ecdsa-with-SHA224"},
    {"1.2.840.10045.4.3.2", "ecdsa-with-SHA256"},
    {"1.2.840.10045.4.3.3", "ecdsa-with-SHA384"},
    {"1.2.840.10045.4.3.4", "ecdsa-with-SHA512"},
    {"1.3.101.112", "ED25519"},
    {"1.3.101.113", "ED448"},
};

/* RFC 5480 section 2.1.1.1, RFC 5639. */
static const struct word curves[] = {
    {"1.2.840.10045.3.1.1", "prime192v1"},
    {"1.2.840.10045.3.1.7", "prime256v1"},
    {"1.3.132.0.33", "secp224r1"},
    {"1.3.132.0.10", "secp256k1"},
    {"1.3.132.0.34", "secp384r1"},
    {"1.3.132.0.35", "secp521r1"},
    {"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
    {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
    {"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"},
};

static const char *word_find(const struct word *words, size_t n, const char *oid)
{
    for (size_t i = 0; oid && i < n; i++)
        if (strcmp(words[i].oid, oid) == 0)
            return words[i].text;
    return NULL;
}

#define WORD_FIND(words, oid) word_find(words, sizeof(words) / sizeof *(words), oid)

/* ---- names ----------------------------------------------------------------------------------- */

struct text {
    char *bytes;
    size_t len;
};

static void text_add(struct text *t, const char *word)
{
    size_t len = strlen(word);
    memcpy(t->bytes + t->len, word, len);
    t->len += len;
}

static void text_add_utf8(struct text *t, uint32_t c)
{
    if (c < 0x80) {
        t->bytes[t->len++] = (char)c;
        return;
    }
    int n = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* bytes that follow (RFC 3629 section 3) */
    static const uint8_t marks[] = {0, 0xc0, 0xe0, 0xf0};
    t->bytes[t->len++] = (char)(marks[n] | c >> (6 * n));
    while (n-- > 0)
        t->bytes[t->len++] = (char)(0x80 | ((c >> (6 * n)) & 0x3f));
}

/* RFC 2253 section 2.4. */
static bool needs_backslash(uint32_t c, bool first, bool last)
{
    return (c < 0x80 && c && strchr(",+\"\\<>;", (int)c)) || (first && (c == '#' || c == ' ')) ||
           (last && c == ' ');
}

static void text_add_escaped(struct text *t, uint32_t c, bool is_edge[2])
{
    static const char digits[] = "0123456789ABCDEF";
    bool backslash = needs_backslash(c, is_edge[0], is_edge[1]);
    bool control = c < ' ' || c == 0x7f;
    if (backslash || control)
        t->bytes[t->len++] = '\\';
    if (control) {
        t->bytes[t->len++] = digits[c >> 4];
        t->bytes[t->len++] = digits[c & 15];
    } else {
        text_add_utf8(t, c);
    }
}

static bool is_string(const CERT_RDN_ATTR *a)
{
    DWORD type = a->dwValueType & CERT_RDN_TYPE_MASK;
    return type >= CERT_RDN_NUMERIC_STRING && type <= CERT_RDN_UTF8_STRING;
}

/* Windows hands every string out as UTF-16; a pair of surrogates is one character. */
static uint32_t unit_read(const CERT_RDN_VALUE_BLOB *value, size_t *at)
{
    const uint8_t *b = value->pbData + *at;
    uint32_t c = (uint32_t)b[0] | (uint32_t)b[1] << 8;
    *at += UNIT;
    if (c < 0xd800 || c > 0xdbff || *at + UNIT > value->cbData)
        return c;
    uint32_t low = (uint32_t)b[2] | (uint32_t)b[3] << 8;
    *at += UNIT;
    return 0x10000 + ((c - 0xd800) << 10) + (low & 0x3ff);
}

/* A final zero may be counted or not. */
static CERT_RDN_VALUE_BLOB value_of(const CERT_RDN_ATTR *a)
{
    CERT_RDN_VALUE_BLOB value = a->Value;
    DWORD last = value.cbData - UNIT;
    if (value.cbData >= UNIT && value.pbData[last] == 0 && value.pbData[last + 1] == 0)
        value.cbData = last;
    return value;
}

static void value_add(struct text *t, const CERT_RDN_ATTR *a)
{
    const CERT_RDN_VALUE_BLOB value = value_of(a);
    for (size_t at = 0; at + UNIT <= value.cbData;) {
        bool first = at == 0;
        uint32_t c = unit_read(&value, &at);
        text_add_escaped(t, c, (bool[2]){first, at + UNIT > value.cbData});
    }
}

/* What is no string is shown as its bytes (RFC 2253 section 2.4). */
static void value_dump(struct text *t, const CERT_RDN_ATTR *a)
{
    static const char digits[] = "0123456789ABCDEF";
    t->bytes[t->len++] = '#';
    for (DWORD i = 0; i < a->Value.cbData; i++) {
        t->bytes[t->len++] = digits[a->Value.pbData[i] >> 4];
        t->bytes[t->len++] = digits[a->Value.pbData[i] & 15];
    }
}

static void attribute_add(struct text *t, const CERT_RDN_ATTR *a)
{
    const char *known = WORD_FIND(attributes, a->pszObjId);
    text_add(t, known ? known : a->pszObjId);
    text_add(t, "=");
    if (is_string(a))
        value_add(t, a);
    else
        value_dump(t, a);
}

static size_t name_room(const CERT_NAME_INFO *name)
{
    size_t room = 1;
    for (DWORD i = 0; i < name->cRDN; i++)
        for (DWORD j = 0; j < name->rgRDN[i].cRDNAttr; j++) {
            const CERT_RDN_ATTR *a = &name->rgRDN[i].rgRDNAttr[j];
            room += strlen(a->pszObjId) + sizeof "organizationIdentifier" + sizeof " + =#" +
                    (size_t)ESCAPED_MAX * a->Value.cbData;
        }
    return room;
}

const char *x509_text_name(struct arena *arena, CERT_NAME_BLOB encoded)
{
    CERT_NAME_INFO *name = NULL;
    DWORD size = 0;
    if (!CryptDecodeObjectEx(ENCODING, X509_UNICODE_NAME, encoded.pbData, encoded.cbData,
                             CRYPT_DECODE_ALLOC_FLAG, NULL, &name, &size))
        return "(unreadable)";
    struct text t = {.bytes = arena_alloc(arena, name_room(name))};
    for (DWORD i = 0; i < name->cRDN; i++)
        for (DWORD j = 0; j < name->rgRDN[i].cRDNAttr; j++) {
            text_add(&t, j ? " + " : i ? ", " : "");
            attribute_add(&t, &name->rgRDN[i].rgRDNAttr[j]);
        }
    LocalFree(name);
    return t.bytes;
}

/* ---- the key and the signature --------------------------------------------------------------- */

static const char *curve_name(struct arena *arena, CERT_PUBLIC_KEY_INFO *key)
{
    const CRYPT_OBJID_BLOB *parameters = &key->Algorithm.Parameters;
    char **oid = NULL;
    DWORD size = 0;
    const char *curve = NULL;
    if (CryptDecodeObjectEx(ENCODING, X509_OBJECT_IDENTIFIER, parameters->pbData,
                            parameters->cbData, CRYPT_DECODE_ALLOC_FLAG, NULL, &oid, &size)) {
        curve = WORD_FIND(curves, *oid);
        LocalFree(oid);
    }
    return curve ? arena_format(arena, "ec-%s", curve)
                 : arena_format(arena, "ec-%lu", CertGetPublicKeyLength(ENCODING, key));
}

const char *x509_text_key(struct arena *arena, CERT_PUBLIC_KEY_INFO *key)
{
    static const struct word kinds[] = {
        {"1.2.840.113549.1.1.1", "rsa"}, {"1.2.840.113549.1.1.10", "rsa-pss"},
        {"1.2.840.10040.4.1", "dsa"},    {"1.2.840.10045.2.1", "ec"},
        {"1.3.101.112", "ed25519"},      {"1.3.101.113", "ed448"},
    };
    const char *kind = WORD_FIND(kinds, key->Algorithm.pszObjId);
    if (!kind)
        return "unknown";
    if (strcmp(kind, "ec") == 0)
        return curve_name(arena, key);
    if (kind[0] == 'e')
        return kind;
    return arena_format(arena, "%s-%lu", kind, CertGetPublicKeyLength(ENCODING, key));
}

const char *x509_text_signature(const char *oid)
{
    const char *known = WORD_FIND(signatures, oid);
    return known ? known : "undefined";
}
