/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates by Windows' own crypt32. */
#include "analyze/proto/x509.h"

#include <winsock2.h>

#include "analyze/proto/digest.h"
#include "analyze/proto/x509_text.h"

#include <stdlib.h>
#include <string.h>
#include <ws2tcpip.h>

enum {
    DER_MAX = 65535,         /* larger than any that was ever made for a host */
    HOST_NAME_MAX_LEN = 253, /* RFC 1035 section 2.3.4 */
    SHA256_LEN = 32,
    ADDRESS_MAX_LEN = 16,
};

struct x509 {
    PCCERT_CONTEXT context; /* a copy of the bytes is in it */
};

struct x509 *x509_open(const uint8_t *der, size_t len)
{
    if (len == 0 || len > DER_MAX)
        return NULL;
    PCCERT_CONTEXT context = CertCreateCertificateContext(X509_ASN_ENCODING, der, (DWORD)len);
    if (!context)
        return NULL;
    struct x509 *x = memory_zeroed(sizeof *x);
    x->context = context;
    return x;
}

void x509_close(struct x509 *x)
{
    if (x)
        CertFreeCertificateContext(x->context);
    free(x);
}

/* Windows counts 100 ns since 1601. */
static int64_t x509_time(FILETIME time)
{
    const int64_t ticks_per_s = 10000000, s_to_1970 = 11644473600;
    int64_t ticks = (int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime);
    return ticks ? ticks / ticks_per_s - s_to_1970 : 0;
}

static const char *x509_sha256(struct arena *arena, const uint8_t *der, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_LEN];
    if (!digest_sha256(der, len, digest))
        return "";
    char *text = arena_alloc(arena, 2 * SHA256_LEN + 1);
    for (unsigned i = 0; i < SHA256_LEN; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return text;
}

void x509_read(const struct x509 *x, struct arena *arena, struct rdpath_certificate *out)
{
    CERT_INFO *info = x->context->pCertInfo;
    out->subject = x509_text_name(arena, info->Subject);
    out->issuer = x509_text_name(arena, info->Issuer);
    out->self_signed = CertCompareCertificateName(X509_ASN_ENCODING, &info->Subject, &info->Issuer);
    out->not_before_s = x509_time(info->NotBefore);
    out->not_after_s = x509_time(info->NotAfter);
    out->key = x509_text_key(arena, &info->SubjectPublicKeyInfo);
    out->signature = x509_text_signature(info->SignatureAlgorithm.pszObjId);
    out->sha256 = x509_sha256(arena, x->context->pbCertEncoded, x->context->cbCertEncoded);
}

/* ---- whom it names --------------------------------------------------------------------------- */

static bool same_letters(const wchar_t *a, const wchar_t *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

/* A star stands for one whole label, the first, before two more at least (RFC 6125 section 6.4.3).
   */
static bool pattern_names(const wchar_t *pattern, const wchar_t *host)
{
    const wchar_t *rest = wcschr(host, L'.');
    if (pattern[0] != L'*' || pattern[1] != L'.')
        return same_letters(pattern, host);
    return rest && rest != host && wcschr(pattern + 2, L'.') && same_letters(pattern + 1, rest);
}

static bool address_named(const CRYPT_DATA_BLOB *named, const wchar_t *host)
{
    uint8_t bytes[ADDRESS_MAX_LEN];
    DWORD len = InetPtonW(AF_INET, host, bytes) == 1    ? 4
                : InetPtonW(AF_INET6, host, bytes) == 1 ? 16
                                                        : 0;
    return len && named->cbData == len && memcmp(named->pbData, bytes, len) == 0;
}

/* The common name counts only where no alternative name is that of a host. */
static bool alternatives_name(const CERT_ALT_NAME_INFO *names, const wchar_t *host, bool *has_hosts)
{
    bool named = false;
    for (DWORD i = 0; i < names->cAltEntry; i++) {
        const CERT_ALT_NAME_ENTRY *entry = &names->rgAltEntry[i];
        if (entry->dwAltNameChoice == CERT_ALT_NAME_DNS_NAME) {
            *has_hosts = true;
            named |= pattern_names(entry->pwszDNSName, host);
        } else if (entry->dwAltNameChoice == CERT_ALT_NAME_IP_ADDRESS) {
            named |= address_named(&entry->IPAddress, host);
        }
    }
    return named;
}

static bool common_name_names(PCCERT_CONTEXT x, const wchar_t *host)
{
    wchar_t name[HOST_NAME_MAX_LEN + 1] = L"";
    char oid[] = szOID_COMMON_NAME;
    CertGetNameStringW(x, CERT_NAME_ATTR_TYPE, 0, oid, name, HOST_NAME_MAX_LEN + 1);
    return name[0] && pattern_names(name, host);
}

static bool context_names(PCCERT_CONTEXT x, const wchar_t *host)
{
    bool named = false, has_hosts = false;
    CERT_ALT_NAME_INFO *names = NULL;
    DWORD size = 0;
    const CERT_EXTENSION *found =
        CertFindExtension(szOID_SUBJECT_ALT_NAME2, x->pCertInfo->cExtension,
                          x->pCertInfo->rgExtension);
    if (found &&
        CryptDecodeObjectEx(X509_ASN_ENCODING, X509_ALTERNATE_NAME, found->Value.pbData,
                            found->Value.cbData, CRYPT_DECODE_ALLOC_FLAG, NULL, &names, &size)) {
        named = alternatives_name(names, host, &has_hosts);
        LocalFree(names);
    }
    return named || (!has_hosts && common_name_names(x, host));
}

bool x509_names(const struct x509 *x, const struct rdpath_text *name)
{
    wchar_t host[HOST_NAME_MAX_LEN + 1] = L"";
    if (name->len == 0 || name->len > HOST_NAME_MAX_LEN || memchr(name->bytes, 0, name->len))
        return false;
    for (uint32_t i = 0; i < name->len; i++)
        host[i] = name->bytes[i];
    return context_names(x->context, host);
}
