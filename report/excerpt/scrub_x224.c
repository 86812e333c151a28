/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a connection in clear: X.224, what may go before it, what may answer instead. */
#include "analyze/proto/proto.h"
#include "report/excerpt/scrub.h"

enum {
    X224_FIXED = 11, /* TPKT, length indicator, code, references, class */
    NEGOTIATION = 3, /* types 1 to 3: request, response, failure */
    CORRELATION_INFO = 6,
    PRECONNECTION_FIXED = 16,
    HTTP_STATUS = 12, /* "HTTP/1.1 200" */
    SOCKS4 = 4,
    SOCKS5 = 5,
    SOCKS5_PASSWORD = 1,
};

/* Where the byte stands, counted from here; all that is left where it does not. */
static size_t distance(const struct redo *r, uint8_t byte)
{
    const uint8_t *found = r->in.left ? memchr(r->in.at, byte, r->in.left) : NULL;
    return found ? (size_t)(found - r->in.at) : r->in.left;
}

static bool begins(const struct redo *r, const char *text)
{
    return http_begins(r->in, text);
}

/* ---- X.224 ----------------------------------------------------------------------------------- */

/* A cookie or a routing token, up to CR LF. Digits of nothing route nowhere. */
static void line_redo(struct redo line)
{
    static const char cookie[] = "Cookie: mstshash=", token[] = "Cookie: msts=";
    if (begins(&line, cookie)) {
        redo_keep(&line, sizeof cookie - 1);
        redo_name(&line, line.in.left);
        return;
    }
    if (!begins(&line, token)) {
        redo_name(&line, line.in.left);
        return;
    }
    redo_keep(&line, sizeof token - 1);
    memset(line.out, '0', line.in.left);
}

/* An id may not hold the byte that ends a line [MS-RDPBCGR 2.2.1.1.2]. */
void scrub_correlation_id(struct redo *r)
{
    uint8_t *id = r->out;
    size_t len = r->in.left < 16 ? r->in.left : 16;
    redo_bytes(r, 16);
    for (size_t i = 0; i < len; i++)
        id[i] = id[i] == '\r' ? '\n' : id[i];
}

void scrub_x224(struct redo r)
{
    redo_keep(&r, X224_FIXED);
    size_t line = distance(&r, '\r');
    if (line < r.in.left && reader_peek(&r.in) > CORRELATION_INFO) {
        line_redo(redo_sub(&r, line));
        redo_keep(&r, 2);
    }
    while (r.in.left >= 8) {
        uint8_t type = reader_peek(&r.in);
        redo_keep(&r, 4);
        if (type >= 1 && type <= NEGOTIATION) {
            redo_keep(&r, 4);
        } else if (type == CORRELATION_INFO) {
            scrub_correlation_id(&r);
            redo_drop(&r, 16);
        } else {
            return;
        }
    }
}

void scrub_preconnection(struct redo r)
{
    redo_keep(&r, PRECONNECTION_FIXED);
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

/* Of a target the port alone stays, by which a gateway's endpoint is known. */
static void target_redo(struct redo target)
{
    size_t port = 0, len = target.in.left;
    while (port < len && target.in.at[len - 1 - port] >= '0' && target.in.at[len - 1 - port] <= '9')
        port++;
    bool has_port = port > 0 && port < len && target.in.at[len - 1 - port] == ':';
    redo_name(&target, has_port ? len - port - 1 : len);
    redo_keep(&target, target.in.left);
}

static void request_line_redo(struct redo line)
{
    redo_keep(&line, distance(&line, ' ') + 1);
    target_redo(redo_sub(&line, distance(&line, ' ')));
    redo_keep(&line, sizeof " HTTP/1.1" - 1);
}

static void header_redo(struct redo line)
{
    static const char length[] = "Content-Length: ";
    if (begins(&line, length))
        redo_keep(&line, line.in.left);
    else
        memset(line.out, 'x', line.in.left);
}

void scrub_http(struct redo r)
{
    for (bool first = true; r.in.left; first = false) {
        struct redo line = redo_sub(&r, distance(&r, '\r'));
        if (!first)
            header_redo(line);
        else if (begins(&line, "HTTP/"))
            redo_keep(&line, HTTP_STATUS);
        else
            request_line_redo(line);
        redo_keep(&r, r.in.left < 2 ? r.in.left : 2);
    }
}

/* ---- SOCKS (RFC 1928, RFC 1929) -------------------------------------------------------------- */

static void socks_text(struct redo *r)
{
    redo_name(r, redo_u8(r));
}

static void socks5_redo(struct redo r)
{
    enum { IPV4 = 1, NAME = 3, IPV6 = 4 };
    if (r.in.left <= 2 || (size_t)r.in.at[1] + 2 == r.in.left) { /* methods, or which was chosen */
        redo_keep(&r, r.in.left);
        return;
    }
    redo_keep(&r, 3);
    uint8_t type = redo_u8(&r);
    if (type == IPV4 || type == IPV6)
        redo_address(&r, type == IPV4 ? 4 : 6);
    else if (type == NAME)
        socks_text(&r);
    redo_keep(&r, 2); /* port */
}

static void socks4_redo(struct redo r)
{
    redo_keep(&r, 4);
    redo_address(&r, 4);
    while (r.in.left) {
        redo_name(&r, distance(&r, 0));
        redo_drop(&r, 1);
    }
}

void scrub_socks(struct redo r)
{
    uint8_t version = reader_peek(&r.in);
    if (version == SOCKS5) {
        socks5_redo(r);
    } else if (version == SOCKS4) {
        socks4_redo(r);
    } else if (version == SOCKS5_PASSWORD && r.in.left > 2) {
        redo_keep(&r, 1);
        socks_text(&r);
        socks_text(&r);
    } else {
        redo_keep(&r, 2);
    }
}

/* ---- what is no RDP -------------------------------------------------------------------------- */

/* As much as tells which protocol greets so. */
void scrub_greeting(struct redo r)
{
    for (size_t len = 1; len <= FOREIGN_NAMED_LEN && len <= r.in.left; len++) {
        if (banner_name(r.in.at, len)) {
            redo_keep(&r, len);
            return;
        }
    }
}
