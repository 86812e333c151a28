/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes before RDP where it does not go straight to its server: the handshake with a SOCKS
 * proxy (RFC 1928, RFC 1929, and SOCKS 4), or HTTP's CONNECT (RFC 9110 section 9.3.6). Behind it
 * each direction begins with X.224.
 *
 * A unit is a message of one side; it is held until it is whole. Nothing of a password is kept.
 */
#include "analyze/proto/proto.h"

#include <string.h>

enum {
    SOCKS4 = 4,
    SOCKS5 = 5,
    SOCKS_CONNECT = 1,
    SOCKS5_PASSWORD = 1, /* RFC 1929: the version of its messages */
    SOCKS5_REFUSED = 0xff,
    SOCKS4_GRANTED = 0x5a,
    SOCKS4_FIXED = 9, /* up to the first byte of the user, or its end */
    SOCKS4_REPLY = 8,
    SOCKS4_MAX = 512,
    RDP_PORT = 3389,
    ATYP_IPV4 = 1, /* RFC 1928 section 4 */
    ATYP_NAME = 3,
    ATYP_IPV6 = 4,
    TARGET_MAX = 262,
};

static const char connect_method[] = "CONNECT ";

/* ---- recognised by the client's first bytes -------------------------------------------------- */

/* A greeting fills its segment: version, number of methods, methods. */
static bool is_socks5(struct reader r)
{
    uint8_t version = reader_u8(&r), n_methods = reader_u8(&r);
    return reader_ok(&r) && version == SOCKS5 && n_methods > 0 && r.left == n_methods;
}

static bool is_socks4(struct reader r)
{
    size_t len = r.left;
    uint8_t version = reader_u8(&r), command = reader_u8(&r);
    uint16_t port = reader_be16(&r);
    return len >= SOCKS4_FIXED && version == SOCKS4 && command == SOCKS_CONNECT && port != 0;
}

/* What follows the greeting: CONNECT to an address and port, which fills its segment. */
static bool is_socks5_request(struct reader r, uint16_t *port)
{
    uint8_t version = reader_u8(&r), command = reader_u8(&r), reserved = reader_u8(&r);
    uint8_t type = reader_u8(&r);
    uint8_t len = type == ATYP_IPV4 ? 4 : type == ATYP_IPV6 ? 16 : reader_u8(&r);
    reader_skip(&r, len);
    *port = reader_be16(&r);
    bool known = type == ATYP_IPV4 || type == ATYP_IPV6 || type == ATYP_NAME;
    return reader_ok(&r) && version == SOCKS5 && command == SOCKS_CONNECT && !reserved && known &&
           r.left == 0;
}

static bool is_socks4_to_rdp(struct reader r)
{
    bool socks4 = is_socks4(r);
    reader_skip(&r, 2);
    return socks4 && reader_be16(&r) == RDP_PORT;
}

static bool is_http_to_rdp(struct reader r)
{
    static const char port[] = ":3389";
    if (!http_begins(r, connect_method))
        return false;
    reader_skip(&r, sizeof connect_method - 1);
    const uint8_t *end = r.left ? memchr(r.at, ' ', r.left) : NULL;
    size_t len = end ? (size_t)(end - r.at) : 0;
    return len > sizeof port - 1 && memcmp(end - (sizeof port - 1), port, sizeof port - 1) == 0;
}

bool proxy_is_request(struct reader payload)
{
    uint16_t port;
    if (is_socks5_request(payload, &port))
        return port == RDP_PORT;
    return is_socks4_to_rdp(payload) || is_http_to_rdp(payload);
}

enum proxy_kind proxy_kind_of(struct reader first)
{
    uint16_t port;
    if (is_socks5(first) || is_socks5_request(first, &port))
        return PROXY_SOCKS5;
    if (is_socks4(first))
        return PROXY_SOCKS4;
    return http_begins(first, connect_method) ? PROXY_HTTP : PROXY_NONE;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* How many bytes have to be held to know more, or are the whole unit; 0: this is none. */
static uint32_t socks5_address_end(const struct held *h)
{
    if (h->len < 5)
        return 5;
    switch (h->bytes[3]) {
    case ATYP_IPV4:
        return 4 + 4 + 2;
    case ATYP_IPV6:
        return 4 + 16 + 2;
    case ATYP_NAME:
        return 5u + h->bytes[4] + 2;
    default:
        return 0;
    }
}

static uint32_t socks5_password_end(const struct held *h)
{
    uint32_t password_at = h->len > 1 ? 2u + h->bytes[1] : 0;
    if (h->len < 2)
        return 2;
    return h->len <= password_at ? password_at + 1 : password_at + 1 + h->bytes[password_at];
}

static uint32_t socks5_end(const struct half *half, enum rdpath_direction way)
{
    const struct held *h = &half->held;
    if (h->len == 0)
        return 1;
    if (h->bytes[0] == SOCKS5 && half->greeted)
        return socks5_address_end(h);
    if (h->bytes[0] == SOCKS5_PASSWORD && half->greeted)
        return way == RDPATH_TO_SERVER ? socks5_password_end(h) : 2;
    if (h->bytes[0] != SOCKS5)
        return 0;
    if (way == RDPATH_TO_CLIENT || h->len < 2)
        return 2;
    return 2u + h->bytes[1];
}

/* A user that a NUL ends, and a name likewise where the address is 0.0.0.x (SOCKS 4A). */
static uint32_t socks4_end(const struct held *h, enum rdpath_direction way)
{
    if (way == RDPATH_TO_CLIENT)
        return SOCKS4_REPLY;
    if (h->len < SOCKS4_FIXED)
        return SOCKS4_FIXED;
    bool named = !h->bytes[4] && !h->bytes[5] && !h->bytes[6] && h->bytes[7];
    const uint8_t *user_end = memchr(h->bytes + 8, 0, h->len - 8);
    const uint8_t *end = user_end;
    if (named && user_end) {
        size_t rest = h->len - (size_t)(user_end + 1 - h->bytes);
        end = rest ? memchr(user_end + 1, 0, rest) : NULL;
    }
    return end ? h->len : h->len < SOCKS4_MAX ? h->len + 1 : 0;
}

/* Up to the empty line. */
static uint32_t http_end(const struct held *h)
{
    if (h->len >= 4 && memcmp(h->bytes + h->len - 4, "\r\n\r\n", 4) == 0)
        return h->len;
    return h->len < 4 ? 4 : h->len < PROTO_X224_MAX ? h->len + 1 : 0;
}

static uint32_t unit_end(const struct dialog *d, enum rdpath_direction way)
{
    const struct half *h = &d->half[way];
    switch (d->connection->proxy.kind) {
    case PROXY_SOCKS4:
        return socks4_end(&h->held, way);
    case PROXY_SOCKS5:
        return socks5_end(h, way);
    default:
        return http_end(&h->held);
    }
}

/* ---- what they say --------------------------------------------------------------------------- */

/* Bytes of the wire as a name; what no name has becomes a question mark. */
static const char *target_name(struct connection *c, struct reader r)
{
    uint8_t name[TARGET_MAX];
    size_t n = 0;
    while (r.left && n < sizeof name) {
        uint8_t byte = reader_u8(&r);
        name[n++] = byte > ' ' && byte < 0x7f ? byte : '?';
    }
    return arena_format(&c->arena, "%.*s", (int)n, (const char *)name);
}

static void keep_target(struct connection *c, const char *host, uint16_t port)
{
    bool colons = strchr(host, ':') != NULL; /* RFC 3986 section 3.2.2 */
    c->proxy.target =
        arena_format(&c->arena, "%s%s%s:%u", colons ? "[" : "", host, colons ? "]" : "", port);
}

static void keep_address(struct connection *c, struct reader r, uint8_t version)
{
    struct addr addr = {.version = version};
    size_t n = version == 4 ? 4 : 16;
    const uint8_t *bytes = reader_take(&r, n);
    char host[ADDR_TEXT_SIZE];
    if (!bytes)
        return;
    memcpy(addr.bytes, bytes, n);
    addr_format(&addr, host);
    keep_target(c, host, reader_be16(&r));
}

static void socks5_request(struct connection *c, struct reader r)
{
    reader_skip(&r, 3);
    uint8_t type = reader_u8(&r);
    if (type != ATYP_NAME) {
        keep_address(c, r, type == ATYP_IPV4 ? 4 : 6);
        return;
    }
    uint8_t len = reader_u8(&r);
    const char *host = target_name(c, reader_sub(&r, len));
    keep_target(c, host, reader_be16(&r));
}

static void socks4_request(struct connection *c, struct reader r)
{
    reader_skip(&r, 2);
    uint16_t port = reader_be16(&r);
    const uint8_t *address = reader_take(&r, 4);
    const uint8_t *user_end = r.left ? memchr(r.at, 0, r.left) : NULL;
    if (!address || !user_end)
        return;
    if (address[0] || address[1] || address[2]) {
        struct addr addr = {.version = 4};
        char host[ADDR_TEXT_SIZE];
        memcpy(addr.bytes, address, 4);
        addr_format(&addr, host);
        keep_target(c, host, port);
        return;
    }
    reader_skip(&r, (size_t)(user_end - r.at) + 1);
    keep_target(c, target_name(c, reader_sub(&r, r.left ? r.left - 1 : 0)), port);
}

static void http_request(struct connection *c, struct reader r)
{
    reader_skip(&r, sizeof connect_method - 1);
    const uint8_t *end = r.left ? memchr(r.at, ' ', r.left) : NULL;
    if (end)
        c->proxy.target = target_name(c, reader_sub(&r, (size_t)(end - r.at)));
}

/* The client's unit. True: the next bytes are RDP. */
static bool client_said(struct connection *c, struct half *h, struct reader unit)
{
    bool greeting = c->proxy.kind == PROXY_SOCKS5 && (!h->greeted || h->held.bytes[0] != SOCKS5);
    h->greeted = true;
    if (greeting)
        return false;
    if (c->proxy.kind == PROXY_SOCKS5)
        socks5_request(c, unit);
    else if (c->proxy.kind == PROXY_SOCKS4)
        socks4_request(c, unit);
    else
        http_request(c, unit);
    return true;
}

enum reply { REPLY_MORE, REPLY_GRANTED, REPLY_REFUSED };

static enum reply socks5_reply(struct connection *c, struct half *h, const struct held *unit)
{
    bool greeting = !h->greeted, password = unit->bytes[0] == SOCKS5_PASSWORD;
    uint8_t code = unit->bytes[1];
    h->greeted = true;
    c->proxy.code = code;
    if (greeting)
        return code == SOCKS5_REFUSED ? REPLY_REFUSED : REPLY_MORE;
    if (code != 0)
        return REPLY_REFUSED;
    return password ? REPLY_MORE : REPLY_GRANTED;
}

static enum reply server_said(struct connection *c, struct half *h)
{
    struct reader unit = reader_of(h->held.bytes, h->held.len, READER_END);
    if (c->proxy.kind == PROXY_SOCKS5)
        return socks5_reply(c, h, &h->held);
    if (c->proxy.kind == PROXY_SOCKS4) {
        c->proxy.code = h->held.bytes[1];
        return c->proxy.code == SOCKS4_GRANTED ? REPLY_GRANTED : REPLY_REFUSED;
    }
    c->proxy.code = http_code(unit);
    return c->proxy.code / 100 == 2 ? REPLY_GRANTED : REPLY_REFUSED;
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static void half_becomes_x224(struct half *h)
{
    h->greeted = false;
    half_switch(h, PROTO_X224);
}

/* Where X.224 would begin is unknown: it is looked for. */
static void half_gives_up(struct half *h, struct chunk *chunk)
{
    half_becomes_x224(h);
    half_lose(h, chunk);
}

static void unit_read(struct dialog *d, struct chunk *chunk)
{
    struct connection *c = d->connection;
    struct half *h = &d->half[chunk->direction];
    if (chunk->direction == RDPATH_TO_SERVER) {
        if (client_said(c, h, reader_of(h->held.bytes, h->held.len, READER_END)))
            half_becomes_x224(h);
    } else {
        enum reply reply = server_said(c, h);
        c->proxy.refused = reply == REPLY_REFUSED;
        c->proxy.answered = chunk->at;
        if (reply == REPLY_REFUSED)
            half_gives_up(h, chunk);
        else if (reply == REPLY_GRANTED)
            half_becomes_x224(h);
    }
    held_drop(&h->held);
}

void proxy_begin(struct dialog *d, const struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction], *server = &d->half[RDPATH_TO_CLIENT];
    uint16_t port;
    half_switch(h, PROTO_PROXY);
    bool late = chunk->direction == RDPATH_TO_SERVER && is_socks5_request(chunk->bytes, &port);
    if (!late || server->protocol != PROTO_X224 || server->greeted)
        return;
    half_switch(server, PROTO_PROXY);
    h->greeted = server->greeted = true;
}

void proxy_bytes(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    while (h->protocol == PROTO_PROXY) {
        uint32_t end = unit_end(d, chunk->direction);
        if (end == 0) {
            half_gives_up(h, chunk);
            return;
        }
        if (end == h->held.len)
            unit_read(d, chunk);
        else if (!held_fill(&h->held, &chunk->bytes, end))
            return;
    }
}

void proxy_gap(struct dialog *d, const struct chunk *chunk, uint64_t len)
{
    struct half *h = &d->half[chunk->direction];
    half_becomes_x224(h);
    x224_gap(d, chunk, len);
}
