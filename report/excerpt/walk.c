/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/walk.h"

#include "analyze/proto/proto.h"
#include "report/excerpt/scrub.h"

#include <stdlib.h>
#include <string.h>

enum { SPEAKS_UNITS, SPEAKS_TLS, SPEAKS_NOTHING };

enum {
    UNIT_HELD_MAX = 16384, /* of a unit in clear; the rest is passed over */
    MESSAGE_MAX = 65536,
    RECORD_HEAD = 5,
    MESSAGE_HEAD = 4,
    ALERT_LEN = 2,
    FAST_PATH_KEPT = 3,
    TPKT_MIN = 7,
    SERVER_HELLO = 2,
};

/* ---- what is put together -------------------------------------------------------------------- */

/* Moves n bytes of the stream to the unit; what no piece can tell the place of is left out. */
static void unit_add(struct walk_unit *u, struct reader *r, uint64_t *from, uint32_t n)
{
    struct walk_piece *last = u->n_pieces ? &u->pieces[u->n_pieces - 1] : NULL;
    bool joins = last && last->from + last->len == *from;
    const uint8_t *bytes = reader_take(r, n);
    if (n && (joins || u->n_pieces < WALK_PIECES)) {
        if (u->len + n > u->size) {
            u->size = 2 * (u->len + n);
            u->bytes = memory_resized(u->bytes, u->size);
        }
        memcpy(u->bytes + u->len, bytes, n);
        u->len += n;
        if (joins)
            last->len += n;
        else
            u->pieces[u->n_pieces++] = (struct walk_piece){*from, n};
    }
    *from += n;
}

/* Moves bytes until the unit has n. False: more are needed. */
static bool unit_fill(struct walk_unit *u, struct reader *r, uint64_t *from, uint32_t n)
{
    uint32_t missing = n > u->len ? n - u->len : 0;
    unit_add(u, r, from, r->left < missing ? (uint32_t)r->left : missing);
    return u->len >= n;
}

static void unit_keep(struct walk *w, const uint8_t *bytes)
{
    for (uint32_t i = 0, at = 0; i < w->unit.n_pieces; at += w->unit.pieces[i++].len)
        lane_keep(w->lane, w->unit.pieces[i].from, bytes + at, w->unit.pieces[i].len);
    w->unit.len = w->unit.n_pieces = 0;
}

/* Keeps the unit as the scrubber leaves it. */
static void unit_keep_scrubbed(struct walk *w, void (*scrub)(struct walk *, struct redo))
{
    if (!w->fake) {
        unit_keep(w, w->unit.bytes);
        return;
    }
    uint8_t *out = memory_zeroed((size_t)w->unit.len + 1);
    struct reader in = reader_of(w->unit.bytes, w->unit.len, READER_END);
    scrub(w, redo_of(w->fake, in, out));
    unit_keep(w, out);
    free(out);
}

static void lose(struct walk *w)
{
    w->speaks = SPEAKS_NOTHING;
    w->unit.len = w->unit.n_pieces = w->head.len = w->head.n_pieces = 0;
    w->record_left = w->message_left = 0;
}

/* What was taken for the beginning of a unit begins a record, or the other way round. */
static void turn_to(struct walk *w, uint8_t speaks)
{
    struct walk_unit unit = w->unit;
    w->unit = w->head;
    w->head = unit;
    w->speaks = speaks;
}

/* ---- units in clear: X.224, MCS, a proxy's --------------------------------------------------- */

static bool begins_as_text(struct reader r)
{
    static const char *const words[] = {"CONNECT ", "HTTP/", "RDG_", "RPC_"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (http_begins(r, words[i]))
            return true;
    }
    return false;
}

static bool is_tls(const struct walk_unit *u)
{
    return u->len >= 2 && u->bytes[0] >= RECORD_CCS && u->bytes[0] <= RECORD_APPLICATION &&
           u->bytes[1] == 3;
}

static uint32_t text_extent(const struct walk_unit *u)
{
    if (u->len >= 4 && memcmp(u->bytes + u->len - 4, "\r\n\r\n", 4) == 0)
        return u->len;
    return u->len < PROTO_X224_MAX ? u->len + 1 : 0;
}

/* So many bytes tell more, or are the unit; 0: no unit begins so. */
static uint32_t unit_extent(const struct walk *w)
{
    const struct walk_unit *u = &w->unit;
    struct reader r = reader_of(u->bytes, u->len, READER_END);
    if (u->len < 2)
        return u->len + 1;
    uint8_t first = reader_u8(&r), second = reader_u8(&r);
    if (first == 3) {
        uint32_t len = u->len < 4 ? 4 : reader_be16(&r);
        return second == 0 && (u->len < 4 || len >= TPKT_MIN) ? len : 0;
    }
    if (begins_as_text(reader_of(u->bytes, u->len, READER_END)))
        return text_extent(u);
    if (u->len < 8 && strchr("CHR", first) && second >= 'A' && second <= 'Z')
        return u->len + 1;
    if (w->mcs && (first & 3) == 0)
        return second & 0x80 ? u->len < 3 ? 3u : (second & 0x7fu) << 8 | u->bytes[2] : second;
    if (w->way != RDPATH_TO_SERVER || w->mcs)
        return 0;
    r = reader_of(u->bytes, u->len, READER_END);
    uint32_t size = u->len < 16 ? 16 : reader_le32(&r); /* [MS-RDPEPS 2.2.1.1] */
    return size >= 16 && size <= PROTO_X224_MAX ? size : 0;
}

static void unit_scrub(struct walk *w, struct redo r)
{
    uint8_t first = reader_peek(&r.in);
    if (first == 3 && r.in.left > 5 && r.in.at[5] == 0xf0)
        scrub_mcs(r);
    else if (first == 3)
        scrub_x224(r);
    else if (begins_as_text(r.in))
        scrub_http(r);
    else if (w->mcs)
        redo_keep(&r, FAST_PATH_KEPT);
    else
        scrub_preconnection(r);
}

static void unit_over(struct walk *w)
{
    const struct walk_unit *u = &w->unit;
    w->greeted |= u->bytes[0] == 3;
    w->mcs |= u->len > 5 && u->bytes[0] == 3 && u->bytes[5] == 0xf0;
    bool fast_path = w->mcs && u->bytes[0] != 3;
    if (fast_path && u->len > FAST_PATH_KEPT && !w->fake) {
        lane_keep(w->lane, u->pieces[0].from, u->bytes, FAST_PATH_KEPT);
        w->unit.len = w->unit.n_pieces = 0;
        return;
    }
    unit_keep_scrubbed(w, unit_scrub);
}

static void greeting_scrub(struct walk *w, struct redo r)
{
    (void)w;
    scrub_greeting(r);
}

static void socks_scrub(struct walk *w, struct redo r)
{
    (void)w;
    scrub_socks(r);
}

/* A proxy's messages fill their segments; RDP behind them begins with the version of TPKT. */
static bool socks_bytes(struct walk *w, struct reader *r, uint64_t *from)
{
    bool begins = w->way == RDPATH_TO_SERVER && w->unit.len == 0 && !w->greeted &&
                  (proxy_kind_of(*r) == PROXY_SOCKS5 || proxy_kind_of(*r) == PROXY_SOCKS4);
    w->both->socks |= begins;
    if (!w->both->socks || w->unit.len || w->greeted || reader_peek(r) == 3)
        return false;
    unit_add(&w->unit, r, from, (uint32_t)r->left);
    unit_keep_scrubbed(w, socks_scrub);
    return true;
}

static void unit_bytes(struct walk *w, struct reader *r, uint64_t *from)
{
    if (socks_bytes(w, r, from))
        return;
    for (;;) {
        if (is_tls(&w->unit)) {
            turn_to(w, SPEAKS_TLS);
            return;
        }
        uint32_t extent = unit_extent(w);
        if (extent == 0 || extent < w->unit.len) {
            unit_fill(&w->unit, r, from, FOREIGN_NAMED_LEN);
            unit_keep_scrubbed(w, greeting_scrub);
            lose(w);
            return;
        }
        uint32_t held = extent < UNIT_HELD_MAX ? extent : UNIT_HELD_MAX;
        if (w->unit.len == held) {
            w->record_left = extent - held;
            unit_over(w);
            return;
        }
        if (!unit_fill(&w->unit, r, from, held))
            return;
    }
}

/* ---- TLS ------------------------------------------------------------------------------------- */

static void message_scrub(struct walk *w, struct redo r)
{
    (void)w;
    uint8_t type = redo_u8(&r);
    redo_keep(&r, MESSAGE_HEAD - 1);
    scrub_handshake(r, &(struct scrub_handshake){type, false});
}

static void message_over(struct walk *w)
{
    struct reader r = reader_of(w->unit.bytes, w->unit.len, READER_END);
    uint8_t type = reader_u8(&r);
    reader_skip(&r, MESSAGE_HEAD - 1);
    if (type == SERVER_HELLO && reader_ok(&r))
        w->both->tls_13 = scrub_hello_is_13(r);
    unit_keep_scrubbed(w, message_scrub);
}

/* The unit is a handshake message, which may span records. */
static void handshake_bytes(struct walk *w, struct reader *r, uint64_t *from)
{
    uint32_t skip = r->left < w->message_left ? (uint32_t)r->left : w->message_left;
    reader_skip(r, skip);
    *from += skip;
    w->message_left -= skip;
    while (r->left) {
        if (!unit_fill(&w->unit, r, from, MESSAGE_HEAD))
            return;
        struct reader head = reader_of(w->unit.bytes + 1, 3, READER_END);
        uint32_t len = reader_be24(&head);
        if (len > MESSAGE_MAX) {
            lose(w);
            return;
        }
        if (!unit_fill(&w->unit, r, from, MESSAGE_HEAD + len))
            return;
        message_over(w);
    }
}

static void record_content(struct walk *w, struct reader *r, uint64_t *from)
{
    uint32_t len = r->left < w->record_left ? (uint32_t)r->left : w->record_left;
    struct reader content = reader_sub(r, len);
    uint64_t at = *from;
    *from += len;
    w->record_left -= len;
    if (w->record_type == RECORD_HANDSHAKE && !w->ciphered)
        handshake_bytes(w, &content, &at);
    else if (w->record_type == RECORD_CCS || w->record_type == RECORD_ALERT)
        lane_keep(w->lane, at, content.at, len < ALERT_LEN ? len : ALERT_LEN);
    else if (w->n_whole && len)
        lane_keep(w->lane, at + len - 1, (const uint8_t[]){0}, 1);
    w->n_whole -= w->record_left == 0 && w->n_whole;
    if (w->record_left == 0 && w->record_type == RECORD_CCS)
        w->ciphered = !w->both->tls_13;
}

/* A message that waits for its next record stands aside while that record's header is read. */
static bool record_head(struct walk *w, struct reader *r, uint64_t *from)
{
    struct walk_unit *head = &w->head;
    if (!unit_fill(head, r, from, 2))
        return false;
    if (head->bytes[0] == 3 && head->bytes[1] == 0 && w->unit.len == 0) {
        turn_to(w, SPEAKS_UNITS);
        return false;
    }
    if (!unit_fill(head, r, from, RECORD_HEAD))
        return false;
    struct reader h = reader_of(head->bytes, head->len, READER_END);
    if (!tls_is_header(h)) {
        lose(w);
        return false;
    }
    w->record_type = reader_u8(&h);
    reader_skip(&h, 2);
    w->record_left = reader_be16(&h);
    for (uint32_t i = 0, at = 0; i < head->n_pieces; at += head->pieces[i++].len)
        lane_keep(w->lane, head->pieces[i].from, head->bytes + at, head->pieces[i].len);
    head->len = head->n_pieces = 0;
    return true;
}

static void records_bytes(struct walk *w, struct reader *r, uint64_t *from)
{
    while (r->left && w->speaks == SPEAKS_TLS) {
        if (w->record_left == 0 && !record_head(w, r, from))
            return;
        record_content(w, r, from);
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool resumes(struct walk *w, struct reader r)
{
    struct reader head = r;
    bool unit = reader_be16(&head) == 0x0300 || begins_as_text(r);
    if (unit || tls_is_header(r))
        w->speaks = unit ? SPEAKS_UNITS : SPEAKS_TLS;
    return w->speaks != SPEAKS_NOTHING;
}

static void rest_skip(struct walk *w, struct reader *r, uint64_t *from)
{
    uint32_t skip = r->left < w->record_left ? (uint32_t)r->left : w->record_left;
    reader_skip(r, skip);
    *from += skip;
    w->record_left -= skip;
}

void walk_bytes(struct walk *w, struct reader r, uint64_t from)
{
    if (w->speaks == SPEAKS_NOTHING && !resumes(w, r)) {
        if (!w->fake) /* what is not understood stays whole */
            lane_keep(w->lane, from, r.at, (uint32_t)r.left);
        return;
    }
    while (r.left && w->speaks != SPEAKS_NOTHING) {
        if (w->speaks == SPEAKS_TLS)
            records_bytes(w, &r, &from);
        else if (w->record_left)
            rest_skip(w, &r, &from);
        else
            unit_bytes(w, &r, &from);
    }
}

static void partial_keep(struct walk *w)
{
    if (w->speaks == SPEAKS_TLS && w->unit.len)
        unit_keep_scrubbed(w, message_scrub);
    else if (w->speaks == SPEAKS_UNITS && w->unit.len)
        unit_keep_scrubbed(w, unit_scrub);
}

/* How much of what is put together has yet to come; UINT32_MAX: that is not known. */
static uint32_t unit_missing(const struct walk *w)
{
    struct reader head = reader_of(w->unit.bytes, w->unit.len, READER_END);
    if (w->unit.len == 0)
        return 0;
    if (w->speaks == SPEAKS_UNITS)
        return w->unit.len < TPKT_MIN ? UINT32_MAX : unit_extent(w) - w->unit.len;
    reader_skip(&head, 1);
    uint32_t len = reader_be24(&head);
    return reader_ok(&head) ? MESSAGE_HEAD + len - w->unit.len : UINT32_MAX;
}

static void units_gap(struct walk *w, uint64_t len)
{
    uint32_t missing = unit_missing(w);
    partial_keep(w);
    uint64_t left = w->record_left ? w->record_left : missing;
    if (missing == UINT32_MAX || len > left)
        lose(w);
    else
        w->record_left = (uint32_t)(left - len);
}

static void records_gap(struct walk *w, uint64_t len)
{
    if (w->record_left < len) {
        partial_keep(w);
        lose(w);
        return;
    }
    w->record_left -= (uint32_t)len;
    if (w->record_type != RECORD_HANDSHAKE || w->ciphered)
        return;
    uint32_t missing = w->unit.len ? unit_missing(w) : w->message_left;
    partial_keep(w);
    if (missing == UINT32_MAX || len > missing)
        w->record_type = RECORD_APPLICATION; /* where its next message begins is unknown */
    else
        w->message_left = (uint32_t)(missing - len);
}

void walk_gap(struct walk *w, uint64_t len)
{
    if (w->speaks == SPEAKS_TLS)
        records_gap(w, len);
    else if (w->speaks == SPEAKS_UNITS)
        units_gap(w, len);
}

void walk_end(struct walk *w)
{
    partial_keep(w);
    free(w->unit.bytes);
    free(w->head.bytes);
    w->unit = w->head = (struct walk_unit){0};
}
