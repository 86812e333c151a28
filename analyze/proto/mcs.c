/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MCS in clear: Standard RDP Security [MS-RDPBCGR 5.3], where what the session says is encrypted
 * but the frames around it are not. Of each PDU only the first bytes are read. A server that fails
 * to set up TLS may also end its side with an MCS PDU in clear.
 */
#include "analyze/proto/proto.h"

enum {
    TPKT_LEN = 4,
    TPKT_MIN = 7,
    MCS_CONNECT = 0x7f, /* T.125: BER application tag, 101 Connect-Initial */
    MCS_CONNECT_INITIAL = 0x65,
    MCS_DISCONNECT_ULTIMATUM = 8, /* DomainMCSPDU choices, in the upper six bits */
    MCS_SEND_DATA_REQUEST = 25,
    MCS_SEND_DATA_INDICATION = 26,
    SEC_ENCRYPT = 0x0008, /* [MS-RDPBCGR 2.2.8.1.1.2.1] */
    SEC_INFO_PKT = 0x0040,
    SEC_LICENSE_PKT = 0x0080,
    SEC_MAY_BE_SET = 0x0a30, /* secure checksum, licence encryption, and two that are ignored */
    SECURITY_HEADER = 12,    /* flags and an 8-byte signature [MS-RDPBCGR 2.2.8.1.1.2.2] */
};

/* Is the length of the unit that starts in head known? *len is 0 where none can start so. */
static bool unit_len(const struct half *h, uint32_t *len)
{
    struct reader r = reader_of(h->head, h->head_len, READER_MORE);
    uint8_t first = reader_u8(&r);
    uint32_t min = TPKT_MIN;
    *len = 0;
    if (first == 3) {
        reader_skip(&r, 1);
        *len = reader_be16(&r);
    } else if ((first & 3) == 0) { /* fast-path [MS-RDPBCGR 2.2.8.1.2, 2.2.9.1.2] */
        *len = reader_u8(&r);
        min = 3;
        if (*len & 0x80)
            *len = (*len & 0x7f) << 8 | reader_u8(&r);
    }
    if (*len < min)
        *len = 0;
    return reader_ok(&r);
}

/* Fills head with the first bytes of the unit. */
static bool unit_open(struct half *h, struct chunk *chunk)
{
    uint32_t len = 0;
    while (!unit_len(h, &len)) {
        if (!head_fill(h, &chunk->bytes, h->head_len + 1u))
            return false;
    }
    if (len < h->head_len) {
        half_lose(h, chunk);
        return false;
    }
    if (!head_fill(h, &chunk->bytes, len < PROTO_HEAD_MAX ? len : PROTO_HEAD_MAX))
        return false;
    h->left = len - h->head_len;
    h->record_len = (uint16_t)len;
    return true;
}

static void mcs_reach(struct dialog *d, enum rdpath_stage stage, struct moment at)
{
    struct connection *c = d->connection;
    if (c->standard_security && connection_stage(c) < stage)
        connection_reach(c, stage, at, false);
}

/* The client's Client Info and the server's licensing PDUs say in clear what they are. */
static void mcs_security(struct dialog *d, const struct chunk *chunk, uint16_t flags)
{
    struct connection *c = d->connection;
    bool by_client = chunk->direction == RDPATH_TO_SERVER;
    uint16_t wanted = by_client ? SEC_INFO_PKT : SEC_LICENSE_PKT;
    uint16_t others = (uint16_t) ~(wanted | SEC_ENCRYPT | SEC_MAY_BE_SET);
    if (!(flags & wanted) || (flags & others) || connection_stage(c) != RDPATH_STAGE_MCS)
        return;
    mcs_reach(d, RDPATH_STAGE_LICENSING, chunk->at);
    phase_begin_licensing(d);
}

/* MCS SendData [MS-RDPBCGR 2.2.8.1.1.1]: initiator, channel, flags, a length in PER. */
static void mcs_data(struct dialog *d, const struct chunk *chunk, struct reader *r)
{
    uint32_t len = d->half[chunk->direction].record_len;
    reader_skip(r, 5);
    if (reader_u8(r) & 0x80)
        reader_skip(r, 1);
    uint16_t flags = reader_le16(r);
    uint16_t flags_hi = reader_le16(r);
    if (!reader_ok(r) || !d->connection->standard_security)
        return;
    if (flags_hi == 0 && connection_stage(d->connection) <= RDPATH_STAGE_MCS) {
        mcs_security(d, chunk, flags);
        return;
    }
    bool encrypted = (flags & SEC_ENCRYPT) && len > SECURITY_HEADER;
    phase_record(d, chunk->direction, encrypted ? len - SECURITY_HEADER : len, chunk->at);
}

/* The first bytes of a whole PDU are in head. */
static void mcs_pdu(struct dialog *d, const struct chunk *chunk)
{
    struct connection *c = d->connection;
    const struct half *h = &d->half[chunk->direction];
    struct reader r = reader_of(h->head, h->head_len, READER_END);
    bool by_client = chunk->direction == RDPATH_TO_SERVER;
    reader_skip(&r, TPKT_LEN);
    uint16_t x224 = reader_be16(&r);
    uint8_t end = reader_u8(&r);
    uint8_t choice = reader_u8(&r);
    if (!reader_ok(&r) || x224 != 0x02f0 || end != 0x80) /* X.224 data, RFC 905 section 13.7 */
        return;
    if (by_client && choice == MCS_CONNECT && reader_u8(&r) == MCS_CONNECT_INITIAL) {
        c->standard_security = true;
        mcs_reach(d, RDPATH_STAGE_MCS, chunk->at);
    } else if (choice >> 2 == MCS_DISCONNECT_ULTIMATUM) {
        c->ultimatum[chunk->direction] = chunk->at;
    } else if (choice >> 2 == (by_client ? MCS_SEND_DATA_REQUEST : MCS_SEND_DATA_INDICATION)) {
        mcs_data(d, chunk, &r);
    }
}

static void unit_end(struct dialog *d, const struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    bool fast_path = h->head[0] != 3;
    if (!fast_path)
        mcs_pdu(d, chunk);
    else if (chunk->direction == RDPATH_TO_CLIENT && /* output comes with an active session only */
             connection_stage(d->connection) >= RDPATH_STAGE_LICENSING)
        mcs_reach(d, RDPATH_STAGE_ACTIVE, chunk->at);
    h->head_len = 0;
}

/* At the start of a chunk, after a gap. */
static bool mcs_resumes(struct reader r)
{
    return reader_be16(&r) == 0x0300 && reader_be16(&r) > TPKT_MIN && reader_be16(&r) == 0x02f0 &&
           reader_u8(&r) == 0x80;
}

void mcs_bytes(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    if (h->lost && !mcs_resumes(chunk->bytes)) {
        half_lose(h, chunk);
        return;
    }
    h->lost = false;
    while (chunk->bytes.left) {
        if (h->left == 0 && !unit_open(h, chunk))
            return;
        size_t skip = chunk->bytes.left < h->left ? chunk->bytes.left : h->left;
        reader_skip(&chunk->bytes, skip);
        h->left -= (uint32_t)skip;
        if (h->left == 0)
            unit_end(d, chunk);
    }
}

void mcs_gap(struct dialog *d, const struct chunk *chunk, uint64_t len)
{
    struct half *h = &d->half[chunk->direction];
    struct half before = *h; /* half_skip() drops the head where the gap goes on behind the unit */
    half_skip(h, len);
    if (before.left == 0 || h->left > 0)
        return;
    bool lost = h->lost;
    h->head_len = before.head_len;
    unit_end(d, chunk);
    h->lost = lost;
}
