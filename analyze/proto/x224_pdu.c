/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The X.224 connection request and confirm [MS-RDPBCGR 2.2.1.1, 2.2.1.2]: TPKT, a fixed X.224 part,
 * a cookie or a routing token that ends in CR LF, and negotiation structures.
 */
#include "analyze/proto/proto.h"

#include <string.h>

enum {
    X224_CONNECTION_REQUEST = 0xe0,
    X224_CONNECTION_CONFIRM = 0xd0,
    TYPE_RDP_NEG_REQ = 0x01,
    TYPE_RDP_NEG_RSP = 0x02,
    TYPE_RDP_NEG_FAILURE = 0x03,
    TYPE_RDP_CORRELATION_INFO = 0x06,
    CORRELATION_INFO_PRESENT = 0x08,
    RDP_NEG_LEN = 8,
    RDP_CORRELATION_LEN = 36,
    MCS_CONNECT_INITIAL = 0x7f65, /* T.125 section 7, in BER */
};

/* The variable part of a PDU with that code; false: it is another PDU. */
static bool x224_variable(struct reader pdu, uint8_t code, struct reader *variable)
{
    uint8_t version = reader_u8(&pdu);
    uint8_t reserved = reader_u8(&pdu);
    uint16_t len = reader_be16(&pdu);
    uint8_t indicator = reader_u8(&pdu); /* counts the bytes behind itself */
    uint8_t found = reader_u8(&pdu);
    reader_skip(&pdu, 4); /* destination and source reference */
    uint8_t class_option = reader_u8(&pdu);
    if (!reader_ok(&pdu) || version != 3 || reserved != 0 || found != code)
        return false;
    if (len != indicator + 5u || indicator < 6 || class_option != 0)
        return false;
    *variable = reader_sub(&pdu, indicator - 6u);
    return true;
}

/* Takes the text up to CR LF, and those two. False: there is none. */
static bool x224_line(struct reader *r, struct rdpath_text *line)
{
    const uint8_t *end = r->left ? memchr(r->at, '\r', r->left) : NULL;
    if (!end)
        return false;
    size_t len = (size_t)(end - r->at);
    const uint8_t *bytes = reader_take(r, len);
    reader_skip(r, 1);
    *line = (struct rdpath_text){bytes, (uint32_t)len};
    return reader_u8(r) == '\n' && reader_ok(r);
}

/* The rest of a text behind a prefix; absent where it does not begin so. */
static bool x224_after(const struct rdpath_text *line, const char *prefix, struct rdpath_text *rest)
{
    size_t n = strlen(prefix);
    struct reader r = reader_of(line->bytes, line->len, READER_END);
    const uint8_t *begin = reader_take(&r, n);
    if (!begin || memcmp(begin, prefix, n) != 0)
        return false;
    *rest = (struct rdpath_text){r.at, (uint32_t)r.left};
    return true;
}

/* Digits up to a dot or the end. */
static uint64_t token_number(struct reader *r)
{
    uint64_t n = 0;
    while (r->left) {
        uint8_t digit = reader_u8(r);
        if (digit < '0' || digit > '9' || n > UINT32_MAX)
            return digit == '.' && n <= UINT32_MAX ? n : UINT64_MAX;
        n = n * 10 + digit - '0';
    }
    return n <= UINT32_MAX ? n : UINT64_MAX;
}

/* [MS-RDPBCGR 3.2.5.3.1]: "address.port.0000", both as numbers in decimal whose bytes stand in
   reverse order. Any other form is that of somebody's own broker. */
static void x224_keep_route(struct connection *c)
{
    const struct rdpath_text *token = &c->rdp.routing_token;
    struct reader r = reader_of(token->bytes, token->len, READER_END);
    uint64_t address = token_number(&r), port = token_number(&r);
    if (address == UINT64_MAX || port > UINT16_MAX || address == 0 || port == 0)
        return;
    c->routed_to = (struct addr){.version = 4};
    for (int i = 0; i < 4; i++)
        c->routed_to.bytes[i] = (uint8_t)(address >> (8 * i));
    c->routed_port = (uint16_t)((port & 0xff) << 8 | port >> 8);
}

static void x224_keep_token(struct connection *c, const struct rdpath_text *token)
{
    c->rdp.routing_token = connection_text(c, token->bytes, token->len);
    x224_keep_route(c);
}

static void x224_keep_line(struct connection *c, const struct rdpath_text *line)
{
    struct rdpath_text rest;
    if (x224_after(line, "Cookie: mstshash=", &rest))
        c->rdp.cookie = connection_text(c, rest.bytes, rest.len);
    else if (x224_after(line, "Cookie: msts=", &rest))
        x224_keep_token(c, &rest);
    else
        c->rdp.routing_token = connection_text(c, line->bytes, line->len);
}

struct negotiation {
    uint8_t type, flags;
    uint16_t len;
    uint32_t value;
};

static bool x224_negotiation(struct reader *r, struct negotiation *n)
{
    n->type = reader_u8(r);
    n->flags = reader_u8(r);
    n->len = reader_le16(r);
    n->value = reader_le32(r);
    return reader_ok(r) && n->len == RDP_NEG_LEN;
}

/* [MS-RDPBCGR 2.2.1.1.2] */
static void x224_keep_correlation(struct rdpath_rdp *rdp, struct reader *r)
{
    uint8_t type = reader_u8(r);
    reader_skip(r, 1);
    uint16_t len = reader_le16(r);
    const uint8_t *id = reader_take(r, sizeof rdp->correlation_id);
    if (!id || type != TYPE_RDP_CORRELATION_INFO || len != RDP_CORRELATION_LEN)
        return;
    memcpy(rdp->correlation_id, id, sizeof rdp->correlation_id);
    rdp->has_correlation_id = true;
}

bool x224_read_request(struct connection *c, struct reader pdu)
{
    struct reader r;
    if (!x224_variable(pdu, X224_CONNECTION_REQUEST, &r))
        return false;
    c->rdp.present = true;
    struct rdpath_text line;
    struct reader after = r;
    if (reader_peek(&r) != TYPE_RDP_NEG_REQ && x224_line(&after, &line)) {
        x224_keep_line(c, &line);
        r = after;
    }
    struct negotiation n;
    if (!x224_negotiation(&r, &n) || n.type != TYPE_RDP_NEG_REQ)
        return true;
    c->rdp.has_request = true;
    c->rdp.request_flags = n.flags;
    c->rdp.requested = n.value;
    if (n.flags & CORRELATION_INFO_PRESENT)
        x224_keep_correlation(&c->rdp, &r);
    return true;
}

bool x224_read_confirm(struct connection *c, struct reader pdu)
{
    struct reader r;
    if (!x224_variable(pdu, X224_CONNECTION_CONFIRM, &r))
        return false;
    c->rdp.present = true;
    c->rdp.has_response = true;
    struct negotiation n;
    if (x224_negotiation(&r, &n) && n.type == TYPE_RDP_NEG_FAILURE) {
        c->rdp.failure = n.value;
        return true;
    }
    if (reader_ok(&r) && n.type == TYPE_RDP_NEG_RSP) {
        c->rdp.response_flags = n.flags;
        c->rdp.selected = n.value;
    }
    c->standard_security = c->rdp.selected == 0;
    return true;
}

/* As far as the bytes are there; those that the snaplen cut off are given the benefit. */
static bool x224_is_negotiation(struct reader r)
{
    struct negotiation n;
    bool whole = x224_negotiation(&r, &n);
    if (!reader_ok(&r))
        return r.tail != READER_END && n.type == TYPE_RDP_NEG_REQ;
    return whole && n.type == TYPE_RDP_NEG_REQ;
}

static bool x224_is_cookie(struct reader r)
{
    static const char *const prefixes[] = {"Cookie: mstshash=", "Cookie: msts=", "tsv://"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct reader begin = r;
        size_t n = strlen(prefixes[i]);
        const uint8_t *bytes = reader_take(&begin, n);
        if (bytes && memcmp(bytes, prefixes[i], n) == 0)
            return true;
    }
    return false;
}

bool x224_is_request(struct reader payload, bool strict)
{
    struct reader r;
    struct rdpath_text line;
    if (!x224_variable(payload, X224_CONNECTION_REQUEST, &r))
        return false;
    if (x224_is_cookie(r) || x224_is_negotiation(r))
        return true;
    if (strict)
        return false;
    /* a request without anything is the oldest clients'; a token may have any form */
    return (r.left == 0 && r.tail == READER_END) || x224_line(&r, &line);
}

bool mcs_is_connect_initial(struct reader payload)
{
    enum { KEY_WITHIN = 256 }; /* four lengths and three sets of domain parameters stand before */
    static const char key[] = "Duca";
    bool tpkt = reader_be16(&payload) == 0x0300 && reader_be16(&payload) > KEY_WITHIN;
    bool data = reader_be16(&payload) == 0x02f0 && reader_u8(&payload) == 0x80;
    if (!tpkt || !data || reader_be16(&payload) != MCS_CONNECT_INITIAL)
        return false;
    struct reader r = reader_sub(&payload, payload.left < KEY_WITHIN ? payload.left : KEY_WITHIN);
    while (r.left >= sizeof key - 1) {
        struct reader at = r;
        if (memcmp(reader_take(&at, sizeof key - 1), key, sizeof key - 1) == 0)
            return true;
        reader_skip(&r, 1);
    }
    return false;
}
