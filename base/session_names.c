/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the standards give to the codes of a session, and what they mean. */
#include "rdpath.h"

struct name {
    uint32_t value;
    const char *name;
    const char *words;
};

#define N_NAMES(table) (sizeof(table) / sizeof(table)[0])

static const struct name auth_errors[] = {
#define AUTH_ERROR(code, name, words) {code, name, words},
#include "base/auth_errors.def"
#undef AUTH_ERROR
};

static const struct name kerberos_errors[] = {
#define KERBEROS_ERROR(code, name, words) {code, name, words},
#include "base/kerberos_errors.def"
#undef KERBEROS_ERROR
};

static const struct name error_infos[] = {
#define ERROR_INFO(code, name, words) {code, "ERRINFO_" #name, words},
#include "base/error_info.def"
#undef ERROR_INFO
};

/* [MS-RDPBCGR 2.2.1.12.1.3] dwErrorCode */
static const struct name license_errors[] = {
    {1, "ERR_INVALID_SERVER_CERTIFICATE", "the server's licensing certificate is invalid"},
    {2, "ERR_NO_LICENSE", "the client has no licence"},
    {3, "ERR_INVALID_MAC", "a licensing message was damaged or encrypted wrongly"},
    {4, "ERR_INVALID_SCOPE", "the licence is for another issuer"},
    {6, "ERR_NO_LICENSE_SERVER", "the server reaches no Remote Desktop licence server"},
    {7, "STATUS_VALID_CLIENT", "the client needs no licence, or has one"},
    {8, "ERR_INVALID_CLIENT", "the client's licence or answer is invalid"},
    {11, "ERR_INVALID_PRODUCTID", "the licence is for another product"},
    {12, "ERR_INVALID_MESSAGE_LEN", "a licensing message has a wrong length"},
};

/* [MS-RDPBCGR 2.2.10.2] */
static const struct name authorizations[] = {
    {0, "AUTHZ_SUCCESS", NULL},
    {5, "AUTHZ_ACCESS_DENIED", NULL},
};

/* T.125 section 7, part 9 (Reason) and part 2 (Result) */
static const struct name disconnects[] = {
    {0, "rn-domain-disconnected", NULL}, {1, "rn-provider-initiated", NULL},
    {2, "rn-token-purged", NULL},        {3, "rn-user-requested", NULL},
    {4, "rn-channel-purged", NULL},
};

static const struct name mcs_results[] = {
    {0, "rt-successful", NULL},
    {1, "rt-domain-merging", NULL},
    {2, "rt-domain-not-hierarchical", NULL},
    {3, "rt-no-such-channel", NULL},
    {4, "rt-no-such-domain", NULL},
    {5, "rt-no-such-user", NULL},
    {6, "rt-not-admitted", NULL},
    {7, "rt-other-user-id", NULL},
    {8, "rt-parameters-unacceptable", NULL},
    {9, "rt-token-not-available", NULL},
    {10, "rt-token-not-possessed", NULL},
    {11, "rt-too-many-channels", NULL},
    {12, "rt-too-many-tokens", NULL},
    {13, "rt-too-many-users", NULL},
    {14, "rt-unspecified-failure", NULL},
    {15, "rt-user-rejected", NULL},
};

/* [MS-RDPBCGR 2.2.10.1.1.4.1.1] ErrorNotificationType, where it is no NTSTATUS */
static const struct name logon_errors[] = {
    {0xfffffff8, "LOGON_MSG_SESSION_BUSY_OPTIONS", NULL},
    {0xfffffff9, "LOGON_MSG_DISCONNECT_REFUSED", NULL},
    {0xfffffffa, "LOGON_MSG_NO_PERMISSION", NULL},
    {0xfffffffb, "LOGON_MSG_BUMP_OPTIONS", NULL},
    {0xfffffffc, "LOGON_MSG_RECONNECT_OPTIONS", NULL},
    {0xfffffffd, "LOGON_MSG_SESSION_TERMINATE", NULL},
    {0xfffffffe, "LOGON_MSG_SESSION_CONTINUE", NULL},
    {0xffffffff, "ERROR_CODE_ACCESS_DENIED", NULL},
};

/* [MS-RDPBCGR 2.2.1.3.8] */
static const struct name transports[] = {
    {0x001, "udp-reliable", NULL},
    {0x004, "udp-lossy", NULL},
    {0x100, "udp-preferred", NULL},
    {0x200, "soft-sync", NULL},
};

static const struct name *name_find(const struct name *table, size_t n, uint32_t value)
{
    static const struct name unknown = {0, NULL, NULL};
    for (size_t i = 0; i < n; i++) {
        if (table[i].value == value)
            return &table[i];
    }
    return &unknown;
}

const char *rdpath_auth_error_name(uint32_t code)
{
    return name_find(auth_errors, N_NAMES(auth_errors), code)->name;
}

const char *rdpath_auth_error_words(uint32_t code)
{
    return name_find(auth_errors, N_NAMES(auth_errors), code)->words;
}

const char *rdpath_kerberos_error_name(uint32_t code)
{
    return name_find(kerberos_errors, N_NAMES(kerberos_errors), code)->name;
}

const char *rdpath_kerberos_error_words(uint32_t code)
{
    return name_find(kerberos_errors, N_NAMES(kerberos_errors), code)->words;
}

const char *rdpath_error_info_name(uint32_t code)
{
    return name_find(error_infos, N_NAMES(error_infos), code)->name;
}

const char *rdpath_error_info_words(uint32_t code)
{
    return name_find(error_infos, N_NAMES(error_infos), code)->words;
}

const char *rdpath_license_error_name(uint32_t code)
{
    return name_find(license_errors, N_NAMES(license_errors), code)->name;
}

const char *rdpath_license_error_words(uint32_t code)
{
    return name_find(license_errors, N_NAMES(license_errors), code)->words;
}

const char *rdpath_authorization_name(uint32_t code)
{
    return name_find(authorizations, N_NAMES(authorizations), code)->name;
}

const char *rdpath_disconnect_name(uint32_t reason)
{
    return name_find(disconnects, N_NAMES(disconnects), reason)->name;
}

const char *rdpath_mcs_result_name(uint32_t result)
{
    return name_find(mcs_results, N_NAMES(mcs_results), result)->name;
}

const char *rdpath_logon_error_name(uint32_t type)
{
    const char *name = name_find(logon_errors, N_NAMES(logon_errors), type)->name;
    return name ? name : rdpath_auth_error_name(type);
}

const char *rdpath_transport_name(uint32_t flag)
{
    return name_find(transports, N_NAMES(transports), flag)->name;
}
