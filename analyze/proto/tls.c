/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record layer (RFC 5246 section 6.2, RFC 8446 section 5.1) over the bytes of one direction.
 * Handshake messages and alerts in clear are read; of every other record only the header is
 * touched, unless its secrets are known (tls_keyed.c). After a gap the walk goes on where the
 * length of a record tells, or at the next chunk that begins like a record.
 */
#include "analyze/proto/proto.h"

enum {
    RECORD_HEAD = 5,
    RECORD_MAX = 16384 + 2048, /* RFC 5246 section 6.2.3 */
    ALERT_LEN = 2,
    ALERT_FATAL = 2,
    CLOSE_NOTIFY = 0,
    USER_CANCELED = 90,
};

bool tls_is_header(struct reader r)
{
    uint8_t type = reader_u8(&r);
    uint16_t version = reader_be16(&r);
    uint16_t len = reader_be16(&r);
    return reader_ok(&r) && type >= RECORD_CCS && type <= RECORD_APPLICATION && version >= 0x0300 &&
           version <= 0x0304 && len <= RECORD_MAX;
}

/* At the start of a chunk, after a gap: a header, and another behind the record where visible. */
static bool tls_resumes(struct reader r)
{
    if (!tls_is_header(r))
        return false;
    reader_skip(&r, 3);
    uint16_t len = reader_be16(&r);
    if (r.left < (size_t)len + RECORD_HEAD)
        return true;
    reader_skip(&r, len);
    return tls_is_header(r);
}

static bool record_is_clear_alert(const struct half *h)
{
    return h->record_type == RECORD_ALERT && h->record_len == ALERT_LEN;
}

static bool record_is_clear_handshake(const struct half *h)
{
    return h->record_type == RECORD_HANDSHAKE && !h->ciphered;
}

/* The head is whole. False: this is no record. */
static bool record_begin(struct dialog *d, const struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    struct rdpath_tls *tls = &d->connection->tls;
    struct reader head = reader_of(h->head, RECORD_HEAD, READER_END);
    if (!tls_is_header(head))
        return false;
    h->record_type = reader_u8(&head);
    reader_skip(&head, 2);
    h->record_len = reader_be16(&head);
    h->left = h->record_len;
    h->message.lost = false;
    h->sealed = tls_keyed_wants(d, chunk->direction);
    if (h->record_type != RECORD_APPLICATION) /* else it may be the middle of a session */
        tls->present = true;
    if (tls->present && !tls->server_answered && chunk->direction == RDPATH_TO_CLIENT)
        tls_answered(d, chunk->at, h->record_type != RECORD_ALERT);
    return true;
}

static void record_encrypted_alert(struct dialog *d, const struct chunk *chunk)
{
    struct moment *first = &d->connection->encrypted_alert[chunk->direction];
    d->connection->tls.encrypted_alert = true;
    if (first->frame == 0)
        *first = chunk->at;
    phase_end(d);
}

void tls_alert(struct dialog *d, const struct chunk *content)
{
    struct rdpath_tls *tls = &d->connection->tls;
    struct reader r = content->bytes;
    struct rdpath_alert alert = {
        .direction = content->direction,
        .ts_ns = content->at.ts_ns,
        .frame = content->at.frame,
    };
    alert.level = reader_u8(&r);
    alert.description = reader_u8(&r);
    bool closes = alert.description == CLOSE_NOTIFY || alert.description == USER_CANCELED;
    if (tls->version == TLS_1_3 && !closes)
        alert.level = ALERT_FATAL; /* whatever it says: RFC 8446 section 6 */
    if (reader_ok(&r) && tls->n_alerts < RDPATH_ALERTS_MAX)
        tls->alerts[tls->n_alerts++] = alert;
}

static void record_alert(struct dialog *d, const struct chunk *chunk)
{
    const struct half *h = &d->half[chunk->direction];
    if (!record_is_clear_alert(h)) {
        record_encrypted_alert(d, chunk);
        return;
    }
    struct chunk content = {chunk->direction, chunk->at,
                            reader_of(h->head, h->head_len, READER_END), false};
    reader_skip(&content.bytes, RECORD_HEAD);
    tls_alert(d, &content);
}

/* Application data; in TLS 1.3 also the rest of the handshake, and alerts. */
static void record_application(struct dialog *d, const struct chunk *chunk)
{
    struct connection *c = d->connection;
    const struct half *h = &d->half[chunk->direction];
    bool handshake = c->tls.present && !d->done;
    if (handshake)
        tls_application(d, chunk);
    if (c->tls.version == 0x0304 && h->record_len == TLS_ALERT_13_LEN) {
        record_encrypted_alert(d, chunk);
        return;
    }
    if (handshake && (!d->done || c->tls.version == 0x0304))
        return;
    connection_note_record(c, chunk->direction, h->record_len, chunk->at);
    phase_record(d, chunk->direction, h->record_len, chunk->at);
}

static void record_end_closed(struct dialog *d, const struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    switch (h->record_type) {
    case RECORD_CCS: /* in TLS 1.3 it means nothing (RFC 8446 appendix D.4) */
        h->ciphered = d->connection->tls.version != 0x0304;
        break;
    case RECORD_ALERT:
        record_alert(d, chunk);
        break;
    case RECORD_HANDSHAKE:
        if (h->ciphered && !h->finished)
            tls_finished(d, chunk->direction, chunk->at);
        break;
    default:
        record_application(d, chunk);
    }
}

void tls_record_end(struct dialog *d, const struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    bool opened = h->sealed && tls_keyed_end(d, chunk);
    h->sealed = false;
    if (!opened)
        record_end_closed(d, chunk);
    h->head_len = 0;
}

/* False: the header is not whole yet, or what comes is no record. */
static bool record_open(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    if (!head_fill(h, &chunk->bytes, 2))
        return false;
    if (h->head[0] == 3 && h->head[1] == 0) { /* a server that failed to set up TLS says so in
                                                 clear: MCS DisconnectProviderUltimatum */
        half_switch(h, PROTO_MCS);
        return false;
    }
    if (!head_fill(h, &chunk->bytes, RECORD_HEAD))
        return false;
    if (record_begin(d, chunk))
        return true;
    half_lose(h, chunk);
    if (!h->ciphered)
        tls_handshake_lost(h);
    return false;
}

static void record_bytes(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    size_t len = chunk->bytes.left < h->left ? chunk->bytes.left : h->left;
    struct chunk content = {chunk->direction, chunk->at, reader_sub(&chunk->bytes, len), false};
    h->left -= (uint32_t)len;
    if (h->sealed)
        tls_keyed_add(d, &content);
    else if (record_is_clear_handshake(h))
        tls_handshake(d, &content);
    else if (record_is_clear_alert(h))
        head_fill(h, &content.bytes, RECORD_HEAD + ALERT_LEN);
    if (h->left == 0)
        tls_record_end(d, chunk);
}

void tls_bytes(struct dialog *d, struct chunk *chunk)
{
    struct half *h = &d->half[chunk->direction];
    if (h->lost && !tls_resumes(chunk->bytes)) {
        half_lose(h, chunk);
        return;
    }
    h->lost = false;
    while (chunk->bytes.left) {
        if (h->left == 0 && !record_open(d, chunk))
            return;
        record_bytes(d, chunk);
    }
}

void tls_gap(struct dialog *d, const struct chunk *chunk, uint64_t len)
{
    struct half *h = &d->half[chunk->direction];
    bool inside = h->left > 0;
    bool handshake = inside && record_is_clear_handshake(h);
    tls_keyed_gap(d, chunk->direction);
    uint32_t skipped = half_skip(h, len);
    if (handshake)
        tls_handshake_gap(d, chunk, skipped);
    if (inside && h->left == 0)
        tls_record_end(d, chunk);
    if (h->lost && !h->ciphered)
        tls_handshake_lost(h);
}
