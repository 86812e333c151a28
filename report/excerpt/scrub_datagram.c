/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RDP over UDP [MS-RDPEUDP, MS-RDPEUDP2] and the DTLS or TLS inside. Each datagram is judged alone:
 * of a handshake message that spans several nothing but its header stays.
 */
#include "analyze/proto/proto.h"
#include "analyze/proto/rdpeudp.h"
#include "analyze/proto/rdpeudp2.h"
#include "report/excerpt/scrub.h"

enum {
    HELLO_FIXED = 16,
    COOKIE_HASH_LEN = 32,
    DTLS_MAJOR = 254,
    FRAGMENT_HEAD = 12,
    ALERT_LEN = 2,
    PREFIX_AT = 7,
};

/* ---- records --------------------------------------------------------------------------------- */

static void fragments_redo(struct redo r)
{
    while (r.in.left >= FRAGMENT_HEAD) {
        uint8_t type = redo_u8(&r);
        uint32_t len = redo_be24(&r);
        redo_keep(&r, 2);
        uint32_t from = redo_be24(&r), part = redo_be24(&r);
        struct redo body = redo_sub(&r, part);
        if (from == 0 && part == len)
            scrub_handshake(body, &(struct scrub_handshake){type, true});
    }
}

static void messages_redo(struct redo r)
{
    while (r.in.left >= 4) {
        uint8_t type = redo_u8(&r);
        uint32_t len = redo_be24(&r);
        bool whole = len <= r.in.left;
        struct redo body = redo_sub(&r, len);
        if (whole)
            scrub_handshake(body, &(struct scrub_handshake){type, false});
    }
}

static void content_redo(struct redo content, uint8_t type, bool dtls)
{
    if (type == RECORD_HANDSHAKE && dtls)
        fragments_redo(content);
    else if (type == RECORD_HANDSHAKE)
        messages_redo(content);
    else if (content.in.left <= ALERT_LEN)
        redo_keep_all(content);
}

static void records_redo(struct redo r)
{
    while (r.in.left > 2) {
        struct reader head = r.in;
        uint8_t type = reader_u8(&head);
        bool dtls = reader_u8(&head) == DTLS_MAJOR;
        if (dtls ? type < RECORD_CCS || type > RECORD_APPLICATION : !tls_is_header(r.in))
            return;
        reader_skip(&head, 1);
        uint16_t epoch = dtls ? reader_be16(&head) : 0;
        redo_keep(&r, dtls ? 11 : 3);
        struct redo content = redo_sub(&r, redo_be16(&r));
        if (epoch == 0)
            content_redo(content, type, dtls);
    }
}

/* ---- datagrams ------------------------------------------------------------------------------- */

static void hello_redo(struct redo r, const struct rdpeudp *u)
{
    redo_keep(&r, HELLO_FIXED);
    if (u->flags & RDPEUDP_CORRELATION_ID) {
        scrub_correlation_id(&r);
        redo_drop(&r, RDPEUDP_ID_LEN);
    }
    if (u->flags & RDPEUDP_SYNEX)
        redo_keep(&r, 4);
    if (u->has_cookie_hash)
        redo_bytes(&r, COOKIE_HASH_LEN);
}

static void version_1_redo(struct redo r)
{
    struct rdpeudp u;
    if (!rdpeudp_read(r.in, &u))
        return;
    if (u.flags & RDPEUDP_SYN) {
        hello_redo(r, &u);
        return;
    }
    const uint8_t *end = u.has_payload ? u.payload.at : u.vector.at + u.vector.left;
    redo_keep(&r, end ? (size_t)(end - r.in.at) : 8);
    if (u.has_payload && !(u.flags & RDPEUDP_FEC))
        records_redo(r);
}

/* With its two bytes back in their places, and then again as on the wire. */
static void version_2_redo(struct redo wire)
{
    struct rdpeudp2 u;
    size_t len = wire.in.left;
    uint8_t out[RDPEUDP2_MAX] = {0};
    if (!rdpeudp2_read(wire.in, 0, &u))
        return;
    struct redo r = redo_of(wire.fake, reader_of(u.bytes, len, READER_END), out);
    size_t head = u.has_payload ? (size_t)(u.payload.at - u.bytes) : len;
    redo_keep(&r, u.dummy ? PREFIX_AT : head);
    if (u.has_payload)
        records_redo(r);
    memcpy(wire.out, out, len);
    wire.out[0] = out[PREFIX_AT];
    wire.out[PREFIX_AT] = out[0];
}

static bool is_dtls(struct reader r)
{
    uint8_t type = reader_u8(&r);
    return type >= RECORD_CCS && type <= RECORD_APPLICATION && reader_u8(&r) == DTLS_MAJOR;
}

void scrub_datagram(struct redo r, bool rdpudp2)
{
    struct reader prefix = r.in;
    reader_skip(&prefix, PREFIX_AT);
    if (is_dtls(r.in))
        records_redo(r);
    else if (rdpudp2 && !(reader_u8(&prefix) & 1))
        version_2_redo(r);
    else
        version_1_redo(r);
}
