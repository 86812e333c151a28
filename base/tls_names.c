/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the standards give to numbers of the RDP negotiation and of TLS. */
#include "rdpath.h"

struct name {
    uint32_t value;
    const char *name;
};

#define N_NAMES(table) (sizeof(table) / sizeof(table)[0])

static const struct name ciphers[] = {
#define CIPHER(value, name) {value, name},
#include "base/tls_ciphers.def"
#undef CIPHER
};

static const struct name versions[] = {
    {0x0002, "SSL 2.0"}, {0x0300, "SSL 3.0"}, {0x0301, "1.0"},
    {0x0302, "1.1"},     {0x0303, "1.2"},     {0x0304, "1.3"},
};

/* RFC 8446 section 6, and those of RFC 5246 section 7.2 and RFC 6066 that it no longer lists. */
static const struct name alerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

/* [MS-RDPBCGR 2.2.1.1.1] requestedProtocols, in the words of this program's result. */
static const struct name protocols[] = {
    {0x00, "rdp"},    {0x01, "tls"},       {0x02, "hybrid"},
    {0x04, "rdstls"}, {0x08, "hybrid-ex"}, {0x10, "rdsaad"},
};

/* [MS-RDPBCGR 2.2.1.2.2] failureCode */
static const struct name failures[] = {
    {1, "SSL_REQUIRED_BY_SERVER"},    {2, "SSL_NOT_ALLOWED_BY_SERVER"},
    {3, "SSL_CERT_NOT_ON_SERVER"},    {4, "INCONSISTENT_FLAGS"},
    {5, "HYBRID_REQUIRED_BY_SERVER"}, {6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"},
};

static const char *name_find(const struct name *table, size_t n, uint32_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].value == value)
            return table[i].name;
    }
    return NULL;
}

const char *rdpath_tls_version_name(uint16_t version)
{
    return name_find(versions, N_NAMES(versions), version);
}

const char *rdpath_cipher_name(uint16_t cipher)
{
    return cipher ? name_find(ciphers, N_NAMES(ciphers), cipher) : NULL;
}

const char *rdpath_alert_name(uint8_t description)
{
    return name_find(alerts, N_NAMES(alerts), description);
}

const char *rdpath_protocol_name(uint32_t protocol)
{
    return name_find(protocols, N_NAMES(protocols), protocol);
}

const char *rdpath_failure_name(uint32_t code)
{
    return name_find(failures, N_NAMES(failures), code);
}
