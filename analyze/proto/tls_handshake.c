/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshake messages, reassembled over their records (RFC 5246 section 7.4): a message may
 * span records and a record may hold several. Only those that are read are held, the others are
 * skipped.
 */
#include "analyze/proto/proto.h"

enum {
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    CERTIFICATE = 11,
    SERVER_HELLO_DONE = 14,
    CLIENT_KEY_EXCHANGE = 16,
    MESSAGE_HEAD = 4,
};

static bool message_is_wanted(const struct dialog *d, const struct chunk *content, uint8_t type)
{
    enum rdpath_direction direction = content->direction;
    if (content->opened) /* a later handshake inside TLS 1.2 is not followed */
        return type == CERTIFICATE && direction == RDPATH_TO_CLIENT &&
               d->connection->tls.version == TLS_1_3;
    if (direction == RDPATH_TO_SERVER)
        return type == CLIENT_HELLO;
    return type == SERVER_HELLO || type == CERTIFICATE;
}

static void message_read(struct dialog *d, const struct chunk *content)
{
    struct half *h = &d->half[content->direction];
    struct chunk body = {content->direction, content->at,
                         reader_of(h->held.bytes, h->held.len, READER_END), content->opened};
    if (h->message.type == CLIENT_HELLO)
        tls_client_hello(d, body.bytes);
    else if (h->message.type == SERVER_HELLO)
        tls_server_hello(d, &body);
    else
        tls_certificate(d, &body);
}

static void message_end(struct dialog *d, const struct chunk *content)
{
    struct half *h = &d->half[content->direction];
    struct message *m = &h->message;
    if (m->wanted && !m->damaged && h->held.len)
        message_read(d, content);
    if (content->opened) {
        tls_keyed_message(d, content, m->type);
    } else if (content->direction == RDPATH_TO_SERVER) {
        if (m->type == CLIENT_HELLO)
            tls_hello_sent(d, content->at, !m->damaged);
        else if (m->type == CLIENT_KEY_EXCHANGE)
            tls_key_exchanged(d, content->at);
    } else if (m->type == SERVER_HELLO_DONE) {
        tls_flight_over(d, content->at);
    }
    held_drop(&h->held);
    m->head_len = 0;
    m->wanted = m->damaged = false;
}

/* The four bytes of its head are here. False: too long to be one. */
static bool message_begin(struct dialog *d, const struct chunk *content)
{
    struct message *m = &d->half[content->direction].message;
    struct reader head = reader_of(m->head, MESSAGE_HEAD, READER_END);
    m->type = reader_u8(&head);
    m->left = reader_be24(&head);
    m->wanted = message_is_wanted(d, content, m->type);
    m->damaged = false;
    return m->left <= PROTO_HANDSHAKE_MAX;
}

void tls_handshake_lost(struct half *h)
{
    h->cut = true;
    held_drop(&h->held);
    h->message = (struct message){.lost = true};
}

void tls_handshake(struct dialog *d, struct chunk *content)
{
    struct half *h = &d->half[content->direction];
    struct message *m = &h->message;
    struct reader *r = &content->bytes;
    while (r->left && !m->lost) {
        if (m->head_len < MESSAGE_HEAD) {
            m->head[m->head_len++] = reader_u8(r);
            if (m->head_len < MESSAGE_HEAD)
                continue;
            if (!message_begin(d, content)) {
                tls_handshake_lost(h);
                return;
            }
        }
        uint32_t take = r->left < m->left ? (uint32_t)r->left : m->left;
        struct reader part = reader_sub(r, take);
        if (m->wanted && !m->damaged && !held_fill(&h->held, &part, h->held.len + take))
            m->damaged = true;
        m->left -= take;
        if (m->left == 0)
            message_end(d, content);
    }
}

void tls_handshake_gap(struct dialog *d, const struct chunk *chunk, uint32_t len)
{
    struct half *h = &d->half[chunk->direction];
    struct message *m = &h->message;
    if (m->lost)
        return;
    if (m->head_len < MESSAGE_HEAD || len > m->left) {
        tls_handshake_lost(h);
        return;
    }
    h->cut = true;
    m->damaged = true;
    m->left -= len;
    held_drop(&h->held);
    if (m->left == 0)
        message_end(d, chunk);
}
