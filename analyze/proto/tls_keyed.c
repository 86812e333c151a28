/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of a connection whose secrets are known. From the first protected record on, a record is
 * held until it is whole, opened, read and forgotten. What it says goes where it would have gone in
 * clear: handshake messages and alerts to their readers, application data to inner.c, after which
 * nothing is inferred from sizes any more.
 *
 * TLS 1.3 changes the keys of a direction behind its Finished and behind each KeyUpdate (RFC 8446
 * section 7). A direction is given up for good where a secret is missing or a few records in a row
 * cannot be opened: it goes on as if nothing were known.
 */
#include "analyze/proto/inner.h"
#include "analyze/proto/proto.h"
#include "analyze/proto/secrets.h"
#include "analyze/proto/tls_seal.h"

#include <string.h>

enum {
    FINISHED = 20,
    KEY_UPDATE = 24,
    FAILURES_MAX = 4, /* in a row: each costs SEAL_AHEAD trials */
    UPDATES_MAX = 64, /* of the keys of a direction: one in 2^24 records is usual */
    PROTOCOL_TLS = 1,
    PROTOCOL_HYBRIDS = 2 | 8,
};

enum epoch { EPOCH_NONE, EPOCH_HANDSHAKE, EPOCH_APPLICATION };

struct keyed_half {
    struct seal seal;
    struct held record;
    uint8_t epoch; /* enum epoch */
    uint8_t n_failed, n_updates;
    bool keys_end; /* with this record: its sender changes them */
};

struct keyed {
    struct keyed_half half[2];
    struct inner *inner; /* NULL: nothing was said in it yet, or nothing that is read */
};

static void half_end(struct keyed_half *k)
{
    held_drop(&k->record);
    seal_wipe(&k->seal);
    k->epoch = EPOCH_NONE;
}

void tls_keyed_free(struct keyed *k)
{
    if (!k)
        return;
    half_end(&k->half[RDPATH_TO_SERVER]);
    half_end(&k->half[RDPATH_TO_CLIENT]);
    inner_free(k->inner);
    memory_release(k);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static const struct secret *secret_of(const struct dialog *d, enum secret_kind kind)
{
    return secrets_find(d->connection->secrets, d->random[RDPATH_TO_SERVER], kind);
}

static bool seal_take_master(struct seal *s, const struct dialog *d,
                             enum rdpath_direction direction)
{
    const struct secret *secret = secret_of(d, SECRET_MASTER);
    if (!secret)
        return false;
    s->encrypt_then_mac = s->suite.cbc && d->encrypt_then_mac;
    struct tls_master master = {
        .secret = reader_of(secret->bytes, secret->len, READER_END),
        .client_random = d->random[RDPATH_TO_SERVER],
        .server_random = d->random[RDPATH_TO_CLIENT],
    };
    return tls_derive_block(&s->suite, &master, direction, &s->keys) && seal_begin(s);
}

static bool seal_take_epoch(struct seal *s, const struct dialog *d, enum rdpath_direction direction,
                            enum epoch epoch)
{
    enum secret_kind to_server =
        epoch == EPOCH_HANDSHAKE ? SECRET_HANDSHAKE_TO_SERVER : SECRET_TRAFFIC_TO_SERVER;
    const struct secret *secret =
        secret_of(d, direction == RDPATH_TO_SERVER ? to_server : to_server + 1);
    return secret && secret->len == digest_len(s->suite.prf) && seal_take_traffic(s, secret->bytes);
}

/* The first keys of a direction. False: there are none. */
static bool half_begin(struct dialog *d, enum rdpath_direction direction)
{
    uint16_t version = d->connection->tls.version;
    bool of_13 = version == TLS_1_3;
    struct seal seal = {0};
    if (d->compressed || !tls_suite_of(version, d->connection->tls.cipher, &seal.suite) ||
        !(of_13 ? seal_take_epoch(&seal, d, direction, EPOCH_HANDSHAKE)
                : seal_take_master(&seal, d, direction))) {
        seal_wipe(&seal);
        return false;
    }
    if (!d->keyed)
        d->keyed = memory_zeroed(sizeof *d->keyed);
    d->keyed->half[direction].record.budget = d->connection->held;
    d->keyed->half[direction].seal = seal;
    d->keyed->half[direction].epoch = of_13 ? EPOCH_HANDSHAKE : EPOCH_APPLICATION;
    return true;
}

static void half_give_up(struct dialog *d, const struct chunk *chunk)
{
    half_end(&d->keyed->half[chunk->direction]);
    d->half[chunk->direction].unkeyed = true;
    if (d->keyed->inner)
        inner_gap(d->keyed->inner, chunk->direction, chunk->at);
}

/* Behind a Finished or a KeyUpdate of TLS 1.3. */
static void half_change_keys(struct dialog *d, const struct chunk *chunk)
{
    struct keyed_half *k = &d->keyed->half[chunk->direction];
    bool changed = k->epoch == EPOCH_HANDSHAKE
                       ? seal_take_epoch(&k->seal, d, chunk->direction, EPOCH_APPLICATION)
                       : k->n_updates++ < UPDATES_MAX && seal_update(&k->seal);
    k->epoch = EPOCH_APPLICATION;
    k->keys_end = false;
    if (!changed)
        half_give_up(d, chunk);
}

bool tls_keyed_wants(struct dialog *d, enum rdpath_direction direction)
{
    struct half *h = &d->half[direction];
    bool sealed =
        d->connection->tls.version == TLS_1_3 ? h->record_type == RECORD_APPLICATION : h->ciphered;
    if (h->unkeyed || !sealed || !d->hello_done || d->datagrams)
        return false;
    if (!d->keyed || d->keyed->half[direction].epoch == EPOCH_NONE)
        h->unkeyed = !half_begin(d, direction);
    return !h->unkeyed;
}

/* ---- what was opened ------------------------------------------------------------------------- */

static struct inner *keyed_inner(struct dialog *d)
{
    struct connection *c = d->connection;
    bool hybrid = c->rdp.selected & PROTOCOL_HYBRIDS;
    if (!d->keyed->inner && c->rdp.has_response && (hybrid || c->rdp.selected == PROTOCOL_TLS))
        d->keyed->inner = inner_new(c, hybrid ? INNER_CREDSSP : INNER_MCS);
    return d->keyed->inner;
}

static void keyed_application(struct dialog *d, struct chunk *content, bool missed)
{
    if (!d->done)
        tls_application(d, content);
    connection_note_record(d->connection, content->direction,
                           d->half[content->direction].record_len, content->at);
    struct inner *inner = keyed_inner(d);
    if (!inner)
        return;
    phase_end(d); /* what is read outranks what is inferred */
    if (missed)
        inner_gap(inner, content->direction, content->at);
    content->bytes.tail = READER_MORE;
    if (content->bytes.left)
        inner_bytes(inner, content->direction, content->bytes, content->at);
}

void tls_keyed_message(struct dialog *d, const struct chunk *content, uint8_t type)
{
    enum rdpath_direction direction = content->direction;
    struct keyed_half *k = &d->keyed->half[direction];
    bool of_13 = d->connection->tls.version == TLS_1_3;
    if (type == FINISHED && of_13)
        tls_finished_13(d, direction, content->at);
    else if (type == FINISHED && !d->half[direction].finished)
        tls_finished(d, direction, content->at);
    k->keys_end |= of_13 && (k->epoch == EPOCH_HANDSHAKE ? type == FINISHED : type == KEY_UPDATE);
}

static void keyed_read(struct dialog *d, const struct chunk *chunk, const struct opened_record *r)
{
    struct half *h = &d->half[chunk->direction];
    struct chunk content = {chunk->direction, chunk->at, reader_of(r->plain, r->len, READER_END),
                            true};
    if (r->missed) {
        tls_handshake_lost(h);
        h->message.lost = false; /* a message begins here, as far as can be told */
    }
    switch (r->type) {
    case RECORD_HANDSHAKE:
        tls_handshake(d, &content);
        break;
    case RECORD_ALERT:
        tls_alert(d, &content);
        phase_end(d);
        break;
    case RECORD_APPLICATION:
        keyed_application(d, &content, r->missed > 0);
        break;
    }
    if (d->keyed->half[chunk->direction].keys_end)
        half_change_keys(d, chunk);
}

/* ---- one record ------------------------------------------------------------------------------ */

void tls_keyed_add(struct dialog *d, struct chunk *content)
{
    struct held *record = &d->keyed->half[content->direction].record;
    held_fill(record, &content->bytes, record->len + (uint32_t)content->bytes.left);
}

void tls_keyed_gap(struct dialog *d, enum rdpath_direction direction)
{
    d->half[direction].sealed = false;
    if (d->keyed)
        held_drop(&d->keyed->half[direction].record);
}

/* TLS 1.3: where the Finished is missing from the capture, the keys may have changed. */
static bool half_try_application(struct dialog *d, enum rdpath_direction direction,
                                 const struct sealed_record *r, struct opened_record *out)
{
    struct keyed_half *k = &d->keyed->half[direction];
    struct seal next = {.suite = k->seal.suite};
    if (k->epoch != EPOCH_HANDSHAKE || !seal_take_epoch(&next, d, direction, EPOCH_APPLICATION) ||
        !seal_open(&next, r, out)) {
        seal_wipe(&next);
        return false;
    }
    seal_wipe(&k->seal);
    k->seal = next;
    k->epoch = EPOCH_APPLICATION;
    out->missed++;
    return true;
}

bool tls_keyed_end(struct dialog *d, const struct chunk *chunk)
{
    const struct half *h = &d->half[chunk->direction];
    struct keyed_half *k = &d->keyed->half[chunk->direction];
    if (k->record.len < h->record_len) { /* there was no room to hold it */
        held_drop(&k->record);
        return false;
    }
    struct sealed_record record = {h->head, reader_of(k->record.bytes, k->record.len, READER_END)};
    struct opened_record out = {.plain = memory_zeroed(h->record_len)};
    bool opened = seal_open(&k->seal, &record, &out) ||
                  half_try_application(d, chunk->direction, &record, &out);
    held_drop(&k->record);
    k->n_failed = opened ? 0 : k->n_failed + 1;
    if (opened)
        keyed_read(d, chunk, &out);
    else if (k->n_failed == FAILURES_MAX)
        half_give_up(d, chunk);
    memory_wipe(out.plain, h->record_len);
    memory_release(out.plain);
    return opened;
}
