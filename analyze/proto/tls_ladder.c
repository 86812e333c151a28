/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the TLS handshake got. TLS <= 1.2 (RFC 5246 section 7.3) shows its milestones in clear.
 * In TLS 1.3 (RFC 8446 section 2) the server's flight is encrypted: that the client has all of it
 * is told by the client's own encrypted answer. A milestone that was not seen itself, but that the
 * other side must have reached to go on as it did, is reached as inferred.
 */
#include "analyze/proto/proto.h"

static void ladder_reach(struct dialog *d, enum rdpath_stage stage, struct moment at, bool inferred)
{
    if (connection_stage(d->connection) < stage)
        connection_reach(d->connection, stage, at, inferred);
}

void tls_hello_sent(struct dialog *d, struct moment at, bool whole)
{
    struct connection *c = d->connection;
    if (!whole)
        return; /* in case that the rest never was sent; an answer of the server tells */
    c->client_hello = at;
    c->tls.client_hello_whole = true;
    ladder_reach(d, RDPATH_STAGE_TLS_HELLO, at, false);
}

void tls_answered(struct dialog *d, struct moment at, bool to_hello)
{
    d->connection->tls.server_answered = true;
    if (to_hello)
        ladder_reach(d, RDPATH_STAGE_TLS_HELLO, at, true);
}

/* The client answered it, so it has the server's flight. */
static void tls_flight_answered(struct dialog *d, struct moment at)
{
    if (!d->half[RDPATH_TO_CLIENT].cut && d->hello_done)
        d->connection->tls.server_flight_whole = true;
    ladder_reach(d, RDPATH_STAGE_TLS_SERVER_FLIGHT, at, true);
}

void tls_flight_over(struct dialog *d, struct moment at)
{
    if (d->half[RDPATH_TO_CLIENT].cut)
        return;
    d->connection->tls.server_flight_whole = true;
    ladder_reach(d, RDPATH_STAGE_TLS_SERVER_FLIGHT, at, false);
}

void tls_key_exchanged(struct dialog *d, struct moment at)
{
    tls_flight_answered(d, at);
}

static void tls_done(struct dialog *d, struct moment at, bool inferred)
{
    ladder_reach(d, RDPATH_STAGE_TLS_DONE, at, inferred);
    for (int i = 0; i < 2; i++) {
        struct half *h = &d->half[i];
        h->ciphered = h->finished = true;
        held_drop(&h->held);
        h->message = (struct message){0};
    }
    d->done = true;
    phase_begin(d);
}

/* The first encrypted handshake message of a direction [TLS <= 1.2]. */
void tls_finished(struct dialog *d, enum rdpath_direction direction, struct moment at)
{
    const struct half *other = &d->half[!direction];
    if (d->connection->tls.version == 0x0304)
        return; /* no such record there: type 22 is never encrypted (RFC 8446 section 5.2) */
    d->half[direction].finished = true;
    if (direction == RDPATH_TO_CLIENT && !other->finished)
        tls_flight_over(d, at); /* an abbreviated handshake: the flight ends here */
    else if (direction == RDPATH_TO_SERVER)
        tls_flight_answered(d, at);
    if (other->finished)
        tls_done(d, at, false);
}

/* TLS 1.3: the message itself was read. */
void tls_finished_13(struct dialog *d, enum rdpath_direction direction, struct moment at)
{
    d->half[direction].finished = true;
    if (direction == RDPATH_TO_CLIENT) {
        tls_flight_over(d, at);
        return;
    }
    tls_flight_answered(d, at);
    tls_done(d, at, false);
}

/* TLS 1.3: the client's Finished, or an alert instead of it. */
static void tls_application_13(struct dialog *d, const struct chunk *chunk)
{
    if (chunk->direction != RDPATH_TO_SERVER)
        return;
    tls_flight_answered(d, chunk->at);
    if (d->half[RDPATH_TO_SERVER].record_len != TLS_ALERT_13_LEN)
        tls_done(d, chunk->at, true);
}

void tls_application(struct dialog *d, const struct chunk *chunk)
{
    struct rdpath_tls *tls = &d->connection->tls;
    const struct half *client = &d->half[RDPATH_TO_SERVER];
    if (tls->version == 0 && chunk->direction == RDPATH_TO_CLIENT && !client->finished)
        tls->version = 0x0304; /* its ServerHello was missed; an older server is silent now */
    if (tls->version == 0x0304)
        tls_application_13(d, chunk);
    else if (tls->version != 0)
        tls_done(d, chunk->at, true); /* a Finished was missed; nobody speaks before the end */
}
