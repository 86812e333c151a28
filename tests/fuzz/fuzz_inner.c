/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session says in plain. Input: how it begins (1 byte: bit 0 = CredSSP), then for each
 * record its direction (1 byte: bit 0 to the client, bit 7 instead a gap), length (2 bytes), bytes.
 * Where nothing is missing, what is read must not depend on how the records are cut.
 */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/plain.h"

#include <stdlib.h>
#include <string.h>

struct side {
    struct attempt attempt;
    struct connection connection;
    struct inner *inner;
    size_t piece; /* bytes given at once; 0 = the whole record */
};

static void side_say(struct side *s, enum rdpath_direction direction, struct reader record,
                     struct moment at)
{
    while (record.left) {
        size_t len = s->piece && s->piece < record.left ? s->piece : record.left;
        inner_bytes(s->inner, direction, reader_sub(&record, len), at);
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
    require(a->len <= 4 * PLAIN_NAME_MAX);
}

static void require_same_session(const struct rdpath_session *a, const struct rdpath_session *b)
{
    require((a == NULL) == (b == NULL));
    if (!a)
        return;
    require(a->n_channels == b->n_channels && a->n_transports == b->n_transports);
    require(a->client_build == b->client_build && a->info_flags == b->info_flags);
    require(a->error_info.code == b->error_info.code && a->license.code == b->license.code);
    require(a->disconnect.frame == b->disconnect.frame);
    require(a->credssp.error.code == b->credssp.error.code);
    require(a->credssp.mechanism == b->credssp.mechanism);
    require_same_text(&a->credssp.user, &b->credssp.user);
    require_same_text(&a->client_name, &b->client_name);
    require_same_text(&a->redirect_address, &b->redirect_address);
    require_same_text(&a->user, &b->user);
}

static void require_same(const struct side *a, const struct side *b)
{
    for (int way = 0; way < 2; way++) {
        if (a->inner->half[way].missed || b->inner->half[way].missed)
            return;
    }
    require(a->connection.n_rungs == b->connection.n_rungs);
    for (uint32_t i = 0; i < a->connection.n_rungs; i++)
        require(a->connection.rungs[i].frame == b->connection.rungs[i].frame);
    require_same_session(a->connection.session, b->connection.session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct side sides[] = {{.piece = 0}, {.piece = 1}, {.piece = 11}};
    enum { N_SIDES = sizeof sides / sizeof sides[0] };
    struct reader r = reader_of(data, size, READER_END);
    enum inner_begin begin = reader_u8(&r) & 1 ? INNER_CREDSSP : INNER_MCS;
    for (int i = 0; i < N_SIDES; i++) {
        sides[i].connection.attempt = &sides[i].attempt;
        sides[i].inner = inner_new(&sides[i].connection, begin);
    }
    for (uint64_t n = 1; r.left > 3; n++) {
        uint8_t kind = reader_u8(&r);
        enum rdpath_direction direction = kind & 1 ? RDPATH_TO_CLIENT : RDPATH_TO_SERVER;
        uint16_t len = reader_be16(&r);
        struct moment at = {(int64_t)n, n};
        struct reader record = reader_sub(&r, len < r.left ? len : r.left);
        for (int i = 0; i < N_SIDES; i++) {
            if (kind & 0x80)
                inner_gap(sides[i].inner, direction, at);
            else
                side_say(&sides[i], direction, record, at);
        }
    }
    for (int i = 1; i < N_SIDES; i++)
        require_same(&sides[0], &sides[i]);
    for (int i = 0; i < N_SIDES; i++) {
        inner_free(sides[i].inner);
        arena_free(&sides[i].connection.arena);
        arena_free(&sides[i].attempt.arena);
    }
    return 0;
}
