/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain bytes cut into units: TSRequest, EarlyUserAuthorizationResult, TPKT, fast-path. A unit that
 * is whole in what arrived is read in place. Of one that is cut, as much is held as its decoder
 * will read, and the rest is passed over; so the graphics of a session are never copied.
 */
#include "analyze/proto/plain.h"

#include "analyze/proto/der.h"
#include "base/text.h"

enum {
    TPKT_VERSION = 3,
    TPKT_LEN = 4,
    TPKT_MIN = 7,
    FAST_PATH_MIN = 3,
    FAST_PATH_HEAD = 3,   /* all that is read of it */
    FAST_PATH_ACTION = 3, /* the lowest two bits; 0 = fast-path, 3 = the version of TPKT */
    DER_SEQUENCE = 0x30,
    AUTHORIZATION_LEN = 4, /* [MS-RDPBCGR 2.2.10.2] */
    ACCESS_DENIED = 5,
};

struct inner *inner_new(struct connection *c, enum inner_begin begin)
{
    struct inner *in = memory_zeroed(sizeof *in);
    in->connection = c;
    in->half[RDPATH_TO_SERVER].held.budget = in->half[RDPATH_TO_CLIENT].held.budget = c->held;
    in->credssp = begin == INNER_CREDSSP;
    return in;
}

void inner_free(struct inner *in)
{
    if (!in)
        return;
    held_drop(&in->half[RDPATH_TO_SERVER].held);
    held_drop(&in->half[RDPATH_TO_CLIENT].held);
    memory_release(in);
}

void inner_reach(struct inner *in, enum rdpath_stage stage, struct moment at)
{
    if (!in->clear || in->connection->standard_security)
        connection_reach(in->connection, stage, at, false);
}

struct rdpath_session *inner_session(struct inner *in)
{
    struct connection *c = in->connection;
    if (!c->session)
        c->session = arena_alloc(&c->arena, sizeof *c->session);
    return c->session;
}

struct rdpath_code plain_code(uint32_t code, const struct pdu *pdu)
{
    return (struct rdpath_code){.code = code, .frame = pdu->at.frame};
}

/* One code point; a surrogate without its other half is replaced (Unicode 15, section 3.9). */
static uint32_t utf16_next(struct reader *r, bool wide)
{
    uint32_t unit = wide ? reader_le16(r) : reader_u8(r);
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    struct reader behind = *r;
    uint32_t low = reader_le16(&behind);
    if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return TEXT_REPLACEMENT;
    *r = behind;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* "@@" begins credentials that were packed into the place of a name (CredMarshalCredential). */
static bool name_is_credential(const struct text *name)
{
    return name->len > 2 && name->bytes[0] == '@' && name->bytes[1] == '@';
}

struct rdpath_text plain_name(struct inner *in, struct reader r, bool wide)
{
    struct text name = {0};
    size_t unit = wide ? 2 : 1;
    for (int i = 0; i < PLAIN_NAME_MAX && reader_ok(&r) && r.left >= unit; i++) {
        uint32_t code = utf16_next(&r, wide);
        if (code == 0)
            break;
        text_add_code(&name, wide || code < 0x80 ? code : TEXT_REPLACEMENT);
    }
    if (name_is_credential(&name) || in->names_len + name.len > PLAIN_NAMES_LEN)
        name.len = 0;
    in->names_len += (uint32_t)name.len;
    struct rdpath_text copy =
        connection_text(in->connection, (const uint8_t *)name.bytes, name.len);
    text_free(&name);
    return copy;
}

/* ---- where a unit ends ----------------------------------------------------------------------- */

struct extent {
    bool known;    /* else more bytes are needed */
    uint32_t len;  /* 0: no unit begins so */
    uint32_t read; /* bytes of it that its decoder reads */
};

static struct extent extent_of(const struct reader *r, uint32_t len, uint32_t min)
{
    if (!reader_ok(r))
        return (struct extent){0};
    uint32_t read = len < INNER_HELD_MAX ? len : INNER_HELD_MAX;
    return (struct extent){true, len < min ? 0 : len, read};
}

static struct extent extent_tpkt(struct reader r)
{
    reader_skip(&r, 2);
    uint32_t len = reader_be16(&r);
    return extent_of(&r, len, TPKT_MIN);
}

/* [MS-RDPBCGR 2.2.8.1.2, 2.2.9.1.2] */
static struct extent extent_fast_path(struct reader r)
{
    reader_skip(&r, 1);
    uint32_t len = reader_u8(&r);
    if (len & 0x80)
        len = (len & 0x7f) << 8 | reader_u8(&r);
    struct extent e = extent_of(&r, len, FAST_PATH_MIN);
    e.read = e.read < FAST_PATH_HEAD ? e.read : FAST_PATH_HEAD;
    return e;
}

/* A length that no message of CredSSP has is given up: UINT32_MAX would wrap around. */
static struct extent extent_der(struct reader r)
{
    size_t before = r.left;
    reader_skip(&r, 1);
    uint32_t len = der_len(&r);
    bool too_long = len > PROTO_HANDSHAKE_MAX || (r.failed && before >= 6);
    if (too_long)
        return (struct extent){.known = true};
    return extent_of(&r, (uint32_t)(before - r.left) + len, 2);
}

static struct extent extent_find(const struct inner *in, enum rdpath_direction direction,
                                 struct reader r)
{
    bool credssp = in->credssp && !in->half[direction].mcs;
    uint8_t first = reader_peek(&r);
    if (first == TPKT_VERSION)
        return extent_tpkt(r);
    if (credssp && first == DER_SEQUENCE)
        return extent_der(r);
    if (credssp && direction == RDPATH_TO_CLIENT && (first == 0 || first == ACCESS_DENIED))
        return (struct extent){true, AUTHORIZATION_LEN, AUTHORIZATION_LEN};
    if (!credssp && (first & FAST_PATH_ACTION) == 0)
        return extent_fast_path(r);
    return (struct extent){.known = true};
}

/* Behind a gap, where a record or a segment begins: as what nothing else begins like. */
static bool inner_resumes(struct inner *in, enum rdpath_direction direction, struct reader r)
{
    struct reader head = r;
    if (reader_be16(&head) == 0x0300 && reader_be16(&head) > TPKT_MIN)
        return reader_be16(&head) == 0x02f0 && reader_u8(&head) == 0x80;
    bool credssp = in->credssp && !in->half[direction].mcs;
    return credssp && reader_peek(&r) == DER_SEQUENCE && extent_der(r).len == r.left;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* Fast-path output comes with an active session only [MS-RDPBCGR 1.3.1.1]. */
static void inner_fast_path(struct inner *in, const struct pdu *pdu)
{
    if (pdu->direction == RDPATH_TO_CLIENT &&
        connection_stage(in->connection) >= RDPATH_STAGE_LICENSING)
        inner_reach(in, RDPATH_STAGE_ACTIVE, pdu->at);
}

static void inner_unit(struct inner *in, const struct pdu *pdu)
{
    struct inner_half *h = &in->half[pdu->direction];
    uint8_t first = reader_peek(&pdu->bytes);
    if (first == TPKT_VERSION) {
        h->mcs = true;
        mcs_unit(in, pdu);
    } else if (!in->credssp || h->mcs) {
        inner_fast_path(in, pdu);
    } else if (first == DER_SEQUENCE) {
        credssp_request(in, pdu);
    } else {
        credssp_authorization(in, pdu);
    }
}

static void half_place_lost(struct inner_half *h)
{
    h->lost = h->missed = true;
    h->len = h->left = h->held.len = 0;
}

/* The unit whose beginning is held is over. */
static void half_unit_over(struct inner *in, enum rdpath_direction direction, struct moment at)
{
    struct inner_half *h = &in->half[direction];
    bool whole = h->held.len == h->len;
    struct pdu pdu = {
        .direction = direction,
        .at = at,
        .unit_len = h->len,
        .bytes = reader_of(h->held.bytes, h->held.len, whole ? READER_END : READER_CUT),
    };
    if (h->held.len)
        inner_unit(in, &pdu);
    h->len = h->left = h->held.len = 0;
    h->holed = false;
    if (h->held.size > PROTO_X224_MAX)
        held_drop(&h->held);
}

/* Holds the first bytes until the unit's length is known. False: more are needed, or it is none. */
static bool half_open(struct inner *in, enum rdpath_direction direction, struct reader *r,
                      struct extent *e)
{
    struct inner_half *h = &in->half[direction];
    for (;;) {
        *e = extent_find(in, direction, reader_of(h->held.bytes, h->held.len, READER_MORE));
        if (e->known && h->held.len)
            break;
        if (!held_fill(&h->held, r, h->held.len + 1))
            return false;
    }
    if (e->len < h->held.len) {
        half_place_lost(h);
        return false;
    }
    h->len = e->len;
    h->left = e->len - h->held.len;
    return true;
}

/* The unit that is cut: holds what will be read of it, passes over the rest. */
static void half_continue(struct inner *in, enum rdpath_direction direction, struct reader *r,
                          struct moment at)
{
    struct inner_half *h = &in->half[direction];
    struct extent e = {0};
    if (h->len == 0 && !half_open(in, direction, r, &e))
        return;
    e = extent_find(in, direction, reader_of(h->held.bytes, h->held.len, READER_MORE));
    uint32_t held = h->held.len;
    if (!h->holed && held < e.read && !held_fill(&h->held, r, e.read))
        h->holed = r->left > 0; /* no room for it: the rest is passed over */
    h->left -= h->held.len - held;
    size_t skip = r->left < h->left ? r->left : h->left;
    reader_skip(r, skip);
    h->left -= (uint32_t)skip;
    if (h->left == 0)
        half_unit_over(in, direction, at);
}

/* The whole unit is here: its decoder gets as much of it as if it had been held. */
static void inner_whole(struct inner *in, enum rdpath_direction direction, struct reader *r,
                        struct moment at)
{
    struct extent e = extent_find(in, direction, *r);
    struct reader unit = reader_sub(r, e.len);
    struct pdu pdu = {
        .direction = direction,
        .at = at,
        .unit_len = e.len,
        .bytes = reader_sub(&unit, e.read),
    };
    pdu.bytes.tail = e.read < e.len ? READER_CUT : READER_END;
    inner_unit(in, &pdu);
}

void inner_bytes(struct inner *in, enum rdpath_direction direction, struct reader r,
                 struct moment at)
{
    struct inner_half *h = &in->half[direction];
    r.tail = READER_MORE;
    if (h->lost && !inner_resumes(in, direction, r))
        return;
    h->lost = false;
    while (r.left && !h->lost) {
        struct extent e = extent_find(in, direction, r);
        if (h->len || h->held.len || !e.known || e.len == 0 || e.len > r.left)
            half_continue(in, direction, &r, at);
        else
            inner_whole(in, direction, &r, at);
    }
}

void inner_gap(struct inner *in, enum rdpath_direction direction, struct moment at)
{
    struct inner_half *h = &in->half[direction];
    if (h->len)
        half_unit_over(in, direction, at);
    half_place_lost(h);
}

void inner_skip(struct inner *in, enum rdpath_direction direction, uint64_t len, struct moment at)
{
    struct inner_half *h = &in->half[direction];
    if (h->len == 0 || len > h->left) {
        inner_gap(in, direction, at);
        return;
    }
    h->holed = true;
    h->left -= (uint32_t)len;
    if (h->left == 0)
        half_unit_over(in, direction, at);
}
