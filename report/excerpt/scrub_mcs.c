/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session in clear (Standard RDP Security): headers, versions and codes stay; names become
 * others; keys, passwords, licences and everything drawn or typed become zeros.
 */
#include "analyze/proto/der.h"
#include "analyze/proto/plain.h"
#include "report/excerpt/scrub.h"

enum {
    X224_DATA_LEN = 7,
    MCS_CONNECT = 0x7f,
    MCS_CONNECT_INITIAL = 0x65,
    MCS_SEND_DATA_REQUEST = 25,
    MCS_SEND_DATA_INDICATION = 26,
    MCS_SHORT_MAX = 8, /* behind the choice of every other domain PDU */
    SELECTOR_MAX = 4,
    PARAMETERS_MAX = 64,
};

/* ---- T.124 user data [MS-RDPBCGR 2.2.1.3, 2.2.1.4] ------------------------------------------- */

enum {
    CS_CORE = 0xc001,
    CS_SECURITY = 0xc002,
    CS_NET = 0xc003,
    CS_MULTITRANSPORT = 0xc00a,
    SC_CORE = 0x0c01,
    SC_SECURITY = 0x0c02,
    SC_NET = 0x0c03,
    SC_MCS_MSGCHANNEL = 0x0c04,
    SC_MULTITRANSPORT = 0x0c08,
};

static void wide_name_redo(struct redo *r, size_t size)
{
    struct redo name = redo_sub(r, size);
    size_t len = 0;
    while (len + 2 <= name.in.left && (name.in.at[len] || name.in.at[len + 1]))
        len += 2;
    redo_wide_name(&name, len, 2, 0);
}

static void client_core_redo(struct redo r)
{
    redo_keep(&r, 4 + 4 + 8 + 4); /* version, desktop, colours and keyboard, build */
    wide_name_redo(&r, 32);
    redo_drop(&r, 76 + 12);
    redo_keep(&r, 2); /* early capabilities */
    redo_drop(&r, 66);
    redo_keep(&r, 4); /* selected protocol */
}

static void client_net_redo(struct redo r)
{
    static const char *const usual[] = {"rdpdr", "rdpsnd", "cliprdr", "drdynvc"};
    redo_keep(&r, 4);
    while (r.in.left >= 12) {
        size_t len = strnlen((const char *)r.in.at, 8);
        bool known = false;
        for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
            known |= strlen(usual[i]) == len && memcmp(usual[i], r.in.at, len) == 0;
        if (known)
            redo_keep(&r, len);
        else
            redo_name(&r, len);
        redo_drop(&r, 8 - len);
        redo_keep(&r, 4);
    }
}

/* How many bytes stay of the blocks that are numbers. */
static size_t block_kept(uint16_t type)
{
    switch (type) {
    case SC_CORE:
        return 12;
    case CS_SECURITY:
    case SC_SECURITY:
        return 8;
    case SC_NET:
        return 128;
    case SC_MCS_MSGCHANNEL:
        return 2;
    case CS_MULTITRANSPORT:
    case SC_MULTITRANSPORT:
        return 4;
    default:
        return 0;
    }
}

static void blocks_redo(struct redo r)
{
    while (r.in.left >= 4) {
        uint16_t type = redo_le16(&r), len = redo_le16(&r);
        struct redo block = redo_sub(&r, len > 4 ? len - 4 : 0);
        if (type == CS_CORE)
            client_core_redo(block);
        else if (type == CS_NET)
            client_net_redo(block);
        else
            redo_keep(&block, block_kept(type) < block.in.left ? block_kept(type) : block.in.left);
    }
}

static size_t per_len_redo(struct redo *r)
{
    size_t len = redo_u8(r);
    return len & 0x80 ? (len & 0x7f) << 8 | redo_u8(r) : len;
}

static void gcc_redo(struct redo r, bool by_client)
{
    redo_keep(&r, 7); /* object identifier */
    (void)per_len_redo(&r);
    redo_keep(&r, (by_client ? 8 : 9) + 4);
    blocks_redo(redo_sub(&r, per_len_redo(&r)));
}

static void connect_redo(struct redo r)
{
    uint8_t tag, which = redo_u8(&r);
    struct reader peek = r.in;
    bool by_client = which == MCS_CONNECT_INITIAL;
    (void)der_len(&peek);
    redo_keep(&r, r.in.left - peek.left);
    for (int i = 0; i < (by_client ? 6 : 3); i++) { /* selectors, results and parameters */
        struct redo field = redo_element(&r, &tag);
        if (field.in.left <= (tag == 0x04 ? SELECTOR_MAX : PARAMETERS_MAX))
            redo_keep_all(field);
    }
    gcc_redo(redo_element(&r, &tag), by_client);
}

/* ---- SendData -------------------------------------------------------------------------------- */

enum {
    SEC_TRANSPORT_REQ = 0x0002,
    SEC_TRANSPORT_RSP = 0x0004,
    SEC_ENCRYPT = 0x0008,
    SEC_INFO_PKT = 0x0040,
    SEC_LICENSE_PKT = 0x0080,
    SEC_REDIRECTION_PKT = 0x0400,
    SEC_AUTODETECT_REQ = 0x1000,
    INFO_UNICODE = 0x0010,
    LICENSE_ERROR_ALERT = 0xff,
    SHARE_DATA = 7,
    SHARE_REDIRECTION = 10,
    DATA_SAVE_SESSION_INFO = 38,
    DATA_FONT_MAP = 40,
    DATA_SET_ERROR_INFO = 47,
};

static void client_info_redo(struct redo r)
{
    redo_keep(&r, 4);
    bool wide = redo_le32(&r) & INFO_UNICODE;
    uint16_t domain = redo_le16(&r), user = redo_le16(&r);
    redo_keep(&r, 6);
    redo_wide_name(&r, domain, wide ? 2 : 1, 0);
    redo_drop(&r, wide ? 2 : 1);
    redo_wide_name(&r, user, wide ? 2 : 1, 0);
}

static void license_redo(struct redo r)
{
    uint8_t type = redo_u8(&r);
    redo_keep(&r, 3);
    if (type == LICENSE_ERROR_ALERT)
        redo_keep(&r, 8);
}

static void redirection_redo(struct redo r)
{
    redo_keep(&r, 12); /* id, length, session, which fields there are */
    while (r.in.left >= 4) {
        uint32_t len = redo_le32(&r);
        wide_name_redo(&r, len);
    }
}

static void session_info_redo(struct redo r)
{
    enum { EXTENDED = 3, AUTO_RECONNECT = 1, ERRORS = 2 };
    uint32_t kind = redo_le32(&r);
    redo_keep(&r, 2);
    uint32_t fields = redo_le32(&r);
    if (kind != EXTENDED || !(fields & ERRORS))
        return;
    if (fields & AUTO_RECONNECT)
        redo_drop(&r, redo_le32(&r));
    redo_keep(&r, 12);
}

static void share_redo(struct redo r)
{
    redo_keep(&r, 2);
    uint16_t type = redo_le16(&r) & 0x0f;
    redo_keep(&r, 2);
    if (type == SHARE_REDIRECTION) {
        redo_drop(&r, 2);
        redirection_redo(r);
    }
    if (type != SHARE_DATA)
        return;
    redo_keep(&r, 8);
    uint8_t data = redo_u8(&r);
    redo_keep(&r, 3);
    if (data == DATA_SET_ERROR_INFO || data == DATA_FONT_MAP)
        redo_keep(&r, 4);
    else if (data == DATA_SAVE_SESSION_INFO)
        session_info_redo(r);
}

static void secured_redo(struct redo r)
{
    uint16_t flags = redo_le16(&r);
    redo_keep(&r, 2);
    if (flags & SEC_ENCRYPT)
        return;
    if (flags & SEC_INFO_PKT)
        client_info_redo(r);
    else if (flags & SEC_LICENSE_PKT)
        license_redo(r);
    else if (flags & SEC_REDIRECTION_PKT)
        redirection_redo(r);
    else if (flags & (SEC_TRANSPORT_REQ | SEC_TRANSPORT_RSP))
        redo_keep(&r, 8);
    else if (flags & SEC_AUTODETECT_REQ)
        redo_keep(&r, r.in.left < 18 ? r.in.left : 18);
    else if (share_is_header(r.in))
        share_redo(r);
}

static void send_data_redo(struct redo r)
{
    redo_keep(&r, 5); /* initiator, channel, priority */
    struct redo data = redo_sub(&r, per_len_redo(&r));
    if (share_is_header(data.in))
        share_redo(data);
    else
        secured_redo(data);
}

void scrub_mcs(struct redo r)
{
    redo_keep(&r, X224_DATA_LEN);
    uint8_t first = redo_u8(&r);
    if (first == MCS_CONNECT)
        connect_redo(r);
    else if (first >> 2 == MCS_SEND_DATA_REQUEST || first >> 2 == MCS_SEND_DATA_INDICATION)
        send_data_redo(r);
    else
        redo_keep(&r, r.in.left < MCS_SHORT_MAX ? r.in.left : MCS_SHORT_MAX);
}
