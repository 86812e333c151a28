/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slow-path PDUs [MS-RDPBCGR 2.2.8.1.1.1]: a share control header, and for data PDUs a share data
 * header. Read are those that say how far the session got, or why it ends. Input, graphics and the
 * cookie for automatic reconnection are passed over.
 */
#include "analyze/proto/plain.h"

enum {
    SHARE_CONTROL_LEN = 6,
    PDU_DEMAND_ACTIVE = 1,
    PDU_CONFIRM_ACTIVE = 3,
    PDU_DEACTIVATE_ALL = 6,
    PDU_DATA = 7,
    PDU_SERVER_REDIRECTION = 10,
    PDU_TYPE = 0x0f,
    PDU_VERSION = 0x10, /* in the bits above the type */
    DATA_SAVE_SESSION_INFO = 38,
    DATA_FONT_MAP = 40,
    DATA_SET_ERROR_INFO = 47,
    PACKET_COMPRESSED = 0x20, /* [2.2.8.1.1.1.2] */
    INFO_EXTENDED = 3,        /* [2.2.10.1.1] */
    LOGON_AUTO_RECONNECT = 1, /* [2.2.10.1.1.4] */
    LOGON_ERRORS = 2,
};

bool share_is_header(struct reader r)
{
    size_t len = r.left;
    uint16_t total = reader_le16(&r);
    uint16_t type = reader_le16(&r);
    if (!reader_ok(&r) || total < SHARE_CONTROL_LEN || (total > len && r.tail == READER_END))
        return false;
    switch (type & PDU_TYPE) {
    case PDU_DEMAND_ACTIVE:
    case PDU_CONFIRM_ACTIVE:
    case PDU_DEACTIVATE_ALL:
    case PDU_DATA:
    case PDU_SERVER_REDIRECTION:
        return (type & 0xfff0) == PDU_VERSION;
    default:
        return false;
    }
}

/*
 * The Font Map ends the connection sequence [1.3.1.1]. Some servers send it before the client has
 * confirmed anything, so that the Confirm Active is asked for as well, where it could be seen.
 */
static void share_activated(struct inner *in, struct moment at)
{
    bool unseen = in->half[RDPATH_TO_SERVER].missed || (in->clear && in->encrypts);
    if (in->mapped && (in->confirmed || unseen))
        inner_reach(in, RDPATH_STAGE_ACTIVE, at);
}

/* [2.2.5.1.1]; ERRINFO_NONE says nothing. */
static void share_error_info(struct inner *in, const struct pdu *pdu)
{
    struct reader r = pdu->bytes;
    uint32_t code = reader_le32(&r);
    if (reader_ok(&r) && code)
        inner_session(in)->error_info = plain_code(code, pdu);
}

/* [2.2.10.1.1.4]: a length, which fields there are, and each with its own length. */
static void share_session_info(struct inner *in, const struct pdu *pdu)
{
    struct reader r = pdu->bytes;
    uint32_t kind = reader_le32(&r);
    reader_skip(&r, 2);
    uint32_t fields = reader_le32(&r);
    if (!reader_ok(&r) || kind != INFO_EXTENDED || !(fields & LOGON_ERRORS))
        return;
    if (fields & LOGON_AUTO_RECONNECT)
        reader_skip(&r, reader_le32(&r));
    reader_skip(&r, 4);
    uint32_t type = reader_le32(&r);
    uint32_t data = reader_le32(&r);
    if (!reader_ok(&r))
        return;
    inner_session(in)->logon_error = plain_code(type, pdu);
    inner_session(in)->logon_error_data = data;
}

static void share_data(struct inner *in, const struct pdu *pdu)
{
    struct pdu inside = *pdu;
    struct reader *r = &inside.bytes;
    reader_skip(r, 8); /* shareId, pad, streamId, uncompressedLength */
    uint8_t type = reader_u8(r);
    uint8_t compressed = reader_u8(r);
    reader_skip(r, 2);
    if (!reader_ok(r) || compressed & PACKET_COMPRESSED)
        return;
    if (type == DATA_FONT_MAP) {
        in->mapped = true;
        share_activated(in, pdu->at);
    } else if (type == DATA_SET_ERROR_INFO)
        share_error_info(in, &inside);
    else if (type == DATA_SAVE_SESSION_INFO)
        share_session_info(in, &inside);
}

void share_control(struct inner *in, const struct pdu *pdu)
{
    struct pdu inside = *pdu;
    if (!share_is_header(pdu->bytes))
        return;
    reader_skip(&inside.bytes, 2);
    uint16_t type = reader_le16(&inside.bytes) & PDU_TYPE;
    reader_skip(&inside.bytes, 2);
    if (pdu->direction == RDPATH_TO_SERVER) {
        in->confirmed |= type == PDU_CONFIRM_ACTIVE;
        share_activated(in, pdu->at);
        return;
    }
    switch (type) {
    case PDU_DATA:
        share_data(in, &inside);
        break;
    case PDU_DEMAND_ACTIVE:
        if (!in->clear)
            inner_reach(in, RDPATH_STAGE_LICENSING, pdu->at);
        break;
    case PDU_DEACTIVATE_ALL:
        inner_session(in)->n_deactivated++;
        break;
    case PDU_SERVER_REDIRECTION:
        reader_skip(&inside.bytes, 2); /* pad [2.2.13.3.1] */
        redirection_packet(in, &inside);
        break;
    default:
        break;
    }
}
