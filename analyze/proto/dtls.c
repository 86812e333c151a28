/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS is TLS whose records say their epoch and number, and whose handshake messages say which part
 * of them a record holds (RFC 6347 section 4.1, 4.2.2). Each record stands alone, so nothing waits
 * for an earlier one; a message is read when its last missing part has come. What a record means
 * for the ladder is told by the same code as in TLS.
 */
#include "analyze/proto/dtls.h"
#include "analyze/proto/proto.h"

#include <string.h>

enum {
    RECORD_MAX = 16384 + 2048,
    DTLS_1_0 = 0xfeff,
    DTLS_1_2 = 0xfefd,
    TLS_HEAD = 5, /* what is left of a record's head without epoch and number */
    ALERT_LEN = 2,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HELLO_VERIFY_REQUEST = 3,
    CERTIFICATE = 11,
    SERVER_HELLO_DONE = 14,
    CLIENT_KEY_EXCHANGE = 16,
};

struct fragment {
    uint8_t type;
    uint16_t seq;
    uint32_t len, from; /* of the message; where in it the fragment stands */
    struct reader body;
};

/* ---- messages -------------------------------------------------------------------------------- */

static void message_drop(struct dtls *dtls, struct dtls_message *m)
{
    if (m->bytes)
        budget_give(dtls->held, m->len);
    memory_release(m->bytes);
    *m = (struct dtls_message){0};
}

/* A message of the direction that is under way, or a place for it: the older one has to go. */
static struct dtls_message *message_place(struct dtls *dtls, struct dtls_message *slots,
                                          const struct fragment *f)
{
    struct dtls_message *place = &slots[0];
    for (int i = 0; i < DTLS_SLOTS; i++) {
        struct dtls_message *m = &slots[i];
        if (m->bytes && m->type == f->type && m->seq == f->seq && m->len == f->len)
            return m;
        if (place->bytes && (!m->bytes || (int16_t)(m->seq - place->seq) < 0))
            place = m;
    }
    message_drop(dtls, place);
    if (!budget_take(dtls->held, f->len))
        return NULL;
    place->bytes = memory_zeroed(f->len + 1);
    place->type = f->type;
    place->seq = f->seq;
    place->len = f->len;
    return place;
}

/* Adds a part; parts that touch become one. False: too many holes. */
static bool message_add(struct dtls_message *m, uint32_t from, uint32_t to)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->n_have; i++) {
        if (m->have[i].to < from || to < m->have[i].from) {
            m->have[kept++] = m->have[i];
            continue;
        }
        from = m->have[i].from < from ? m->have[i].from : from;
        to = m->have[i].to > to ? m->have[i].to : to;
    }
    m->n_have = kept;
    if (kept == DTLS_RANGES_MAX)
        return false;
    m->have[m->n_have].from = from;
    m->have[m->n_have++].to = to;
    return true;
}

static bool message_is_whole(const struct dtls_message *m)
{
    return m->n_have == 1 && m->have[0].from == 0 && m->have[0].to == m->len;
}

static void message_read(struct dialog *d, const struct dtls_message *m, const struct chunk *chunk)
{
    struct chunk body = {chunk->direction, chunk->at, reader_of(m->bytes, m->len, READER_END),
                         false};
    if (m->type == CLIENT_HELLO) {
        tls_client_hello(d, body.bytes);
        tls_hello_sent(d, chunk->at, true);
    } else if (m->type == SERVER_HELLO) {
        tls_server_hello(d, &body);
    } else {
        tls_certificate(d, &body);
    }
}

static bool is_read(const struct fragment *f, enum rdpath_direction direction)
{
    if (f->len > DTLS_MESSAGE_MAX)
        return false;
    if (direction == RDPATH_TO_SERVER)
        return f->type == CLIENT_HELLO;
    return f->type == SERVER_HELLO || f->type == CERTIFICATE;
}

static void fragment_held(struct dtls *dtls, struct dialog *d, const struct chunk *chunk,
                          struct fragment *f)
{
    struct dtls_message *m = message_place(dtls, dtls->slot[chunk->direction], f);
    size_t len = f->body.left;
    if (!m || !message_add(m, f->from, f->from + (uint32_t)len))
        return;
    if (len)
        memcpy(m->bytes + f->from, reader_take(&f->body, len), len);
    if (!message_is_whole(m))
        return;
    message_read(d, m, chunk);
    message_drop(dtls, m);
}

static void fragment_take(struct dtls *dtls, struct dialog *d, const struct chunk *chunk,
                          struct fragment *f)
{
    bool last = f->from + f->body.left == f->len;
    if (is_read(f, chunk->direction))
        fragment_held(dtls, d, chunk, f);
    else if (!last)
        return;
    else if (chunk->direction == RDPATH_TO_SERVER && f->type == CLIENT_KEY_EXCHANGE)
        tls_key_exchanged(d, chunk->at);
    else if (chunk->direction == RDPATH_TO_CLIENT && f->type == SERVER_HELLO_DONE)
        tls_flight_over(d, chunk->at);
    else if (chunk->direction == RDPATH_TO_CLIENT && f->type == HELLO_VERIFY_REQUEST)
        dtls->n_verify++;
}

static void fragments_read(struct dtls *dtls, struct dialog *d, struct chunk *content)
{
    struct reader *r = &content->bytes;
    while (r->left) {
        struct fragment f = {.type = reader_u8(r), .len = reader_be24(r)};
        f.seq = reader_be16(r);
        f.from = reader_be24(r);
        uint32_t len = reader_be24(r);
        if (!reader_ok(r) || len > r->left || f.from + len > f.len)
            return; /* cut off, or not a fragment */
        f.body = reader_sub(r, len);
        fragment_take(dtls, d, content, &f);
    }
}

/* ---- records --------------------------------------------------------------------------------- */

/* The head of a record as TLS has it: type, version, length. */
static void head_note(struct half *h, uint8_t type, uint16_t len)
{
    const uint8_t head[TLS_HEAD] = {type, 0xfe, 0xfd, (uint8_t)(len >> 8), (uint8_t)len};
    struct reader r = reader_of(head, sizeof head, READER_END);
    h->head_len = 0;
    head_fill(h, &r, TLS_HEAD);
    h->record_type = type;
    h->record_len = len;
}

static void record_read(struct dtls *dtls, struct dialog *d, struct chunk *content)
{
    struct half *h = &d->half[content->direction];
    struct rdpath_tls *tls = &d->connection->tls;
    bool is_handshake = h->record_type == RECORD_HANDSHAKE && !h->ciphered;
    tls->present = true;
    if (!tls->server_answered && content->direction == RDPATH_TO_CLIENT)
        tls_answered(d, content->at, h->record_type != RECORD_ALERT);
    if (is_handshake)
        fragments_read(dtls, d, content);
    else if (h->record_type == RECORD_ALERT && h->record_len == ALERT_LEN)
        head_fill(h, &content->bytes, TLS_HEAD + ALERT_LEN);
    if (h->record_type != RECORD_CCS) /* here the epoch says what that means */
        tls_record_end(d, content);
}

bool dtls_is_client_hello(struct reader r)
{
    bool handshake = reader_u8(&r) == RECORD_HANDSHAKE;
    uint16_t version = reader_be16(&r), epoch = reader_be16(&r);
    reader_skip(&r, 6 + 2); /* sequence number, length */
    bool known = version == DTLS_1_0 || version == DTLS_1_2;
    return handshake && known && epoch == 0 && reader_u8(&r) == CLIENT_HELLO;
}

void dtls_bytes(struct dtls *dtls, enum rdpath_direction direction, struct reader r,
                struct moment at)
{
    struct dialog *d = dtls->dialog;
    while (r.left) {
        uint8_t type = reader_u8(&r);
        uint16_t version = reader_be16(&r), epoch = reader_be16(&r);
        reader_skip(&r, 6); /* sequence number */
        uint16_t len = reader_be16(&r);
        bool known = version == DTLS_1_0 || version == DTLS_1_2;
        if (!reader_ok(&r) || type < RECORD_CCS || type > RECORD_APPLICATION || !known ||
            len > RECORD_MAX || len > r.left)
            return;
        struct chunk content = {direction, at, reader_sub(&r, len), false};
        head_note(&d->half[direction], type, len);
        d->half[direction].ciphered = epoch > 0;
        record_read(dtls, d, &content);
    }
}

void dtls_free(struct dtls *dtls)
{
    for (int i = 0; i < DTLS_SLOTS; i++) {
        message_drop(dtls, &dtls->slot[0][i]);
        message_drop(dtls, &dtls->slot[1][i]);
    }
}
