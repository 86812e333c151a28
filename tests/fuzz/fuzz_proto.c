/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a conversation says must not depend on how TCP cut it up: the same bytes, segment by segment
 * and byte by byte, must leave the same record. Input as for the target "dialog", without gaps.
 */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/proto.h"

#include <stdlib.h>
#include <string.h>

struct side {
    struct attempt attempt;
    struct connection connection;
    struct dialog *dialog;
    size_t piece; /* bytes given at once; 0 = the whole segment */
};

static void side_say(struct side *s, enum rdpath_direction direction, struct reader payload,
                     struct moment at)
{
    while (payload.left) {
        size_t len = s->piece && s->piece < payload.left ? s->piece : payload.left;
        dialog_bytes(s->dialog, direction, reader_sub(&payload, len), at);
    }
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_same_text(const struct rdpath_text *a, const struct rdpath_text *b)
{
    require(a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0));
}

static void require_same(const struct connection *a, const struct connection *b)
{
    require(a->n_rungs == b->n_rungs);
    for (uint32_t i = 0; i < a->n_rungs; i++) {
        require(a->rungs[i].stage == b->rungs[i].stage && a->rungs[i].frame == b->rungs[i].frame);
        require(a->rungs[i].inferred == b->rungs[i].inferred);
    }
    require_same_text(&a->rdp.cookie, &b->rdp.cookie);
    require_same_text(&a->tls.server_name, &b->tls.server_name);
    require(a->rdp.requested == b->rdp.requested && a->rdp.selected == b->rdp.selected);
    require(a->rdp.failure == b->rdp.failure && a->not_rdp == b->not_rdp);
    require(a->not_rdp_what == b->not_rdp_what && a->tls.version == b->tls.version);
    require(a->tls.cipher == b->tls.cipher && a->tls.n_alerts == b->tls.n_alerts);
    require(a->tls.client_hello_whole == b->tls.client_hello_whole);
    require(a->tls.server_flight_whole == b->tls.server_flight_whole);
    require((a->tls.certificate == NULL) == (b->tls.certificate == NULL));
    require(a->client_hello.frame == b->client_hello.frame);
}

/* Where the place in a stream is lost, it is found again at the start of a segment only. */
static bool was_lost(const struct dialog *d)
{
    return d->half[RDPATH_TO_SERVER].missed || d->half[RDPATH_TO_CLIENT].missed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct side sides[] = {{.piece = 0}, {.piece = 1}, {.piece = 7}};
    enum { N_SIDES = sizeof sides / sizeof sides[0] };
    struct reader r = reader_of(data, size, READER_END);
    for (int i = 0; i < N_SIDES; i++) {
        sides[i].connection.attempt = &sides[i].attempt;
        sides[i].dialog = dialog_new(&sides[i].connection);
    }
    for (uint64_t n = 1; r.left > 3; n++) {
        enum rdpath_direction direction = reader_u8(&r) & 1 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        uint16_t len = reader_be16(&r);
        struct reader payload = reader_sub(&r, len < r.left ? len : r.left);
        for (int i = 0; i < N_SIDES; i++)
            side_say(&sides[i], direction, payload, (struct moment){(int64_t)n, n});
    }
    for (int i = 1; i < N_SIDES; i++) {
        if (!was_lost(sides[0].dialog) && !was_lost(sides[i].dialog))
            require_same(&sides[0].connection, &sides[i].connection);
    }
    for (int i = 0; i < N_SIDES; i++) {
        dialog_free(sides[i].dialog);
        arena_free(&sides[i].connection.arena);
        arena_free(&sides[i].attempt.arena);
    }
    return 0;
}
