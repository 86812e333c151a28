/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/answers.h"

#include <string.h>

enum { TLS_13 = 0x0304 };

/* Behind TLS sizes alone tell, so that more than they can tell was decrypted. */
static bool is_decrypted(const struct rdpath_attempt *a)
{
    bool certificate = a->tls.version == TLS_13 && a->tls.certificate;
    bool seen = a->stage > RDPATH_STAGE_TLS_DONE && !a->stage_inferred;
    return a->tls.present && (a->session || certificate || seen);
}

static struct answer answer_of(struct arena *arena, const struct rdpath_attempt *a)
{
    return (struct answer){
        .start_ns = a->start_ns,
        .client_port = a->client.port,
        .cause = arena_copy(arena, a->cause.id, strlen(a->cause.id) + 1),
        .direction = a->cause.direction,
        .confidence = a->cause.confidence,
        .outcome = a->outcome,
        .stage = a->stage,
        .mtu = {a->path[0].mtu, a->path[1].mtu},
        .decrypted = is_decrypted(a),
    };
}

void answers_add(struct answers *all, const struct rdpath_attempt *a)
{
    if (all->n == all->room) {
        uint32_t room = all->room ? 2 * all->room : 16;
        struct answer *list = arena_alloc(&all->arena, room * sizeof *list);
        if (all->n)
            memcpy(list, all->list, all->n * sizeof *list);
        all->list = list;
        all->room = room;
    }
    all->list[all->n++] = answer_of(&all->arena, a);
}

void answers_free(struct answers *all)
{
    arena_free(&all->arena);
    *all = (struct answers){0};
}

static const struct answer *find(const struct answers *all, int64_t start_ns, uint16_t port)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (all->list[i].start_ns == start_ns && all->list[i].client_port == port)
            return &all->list[i];
    }
    return NULL;
}

const struct answer *answers_find(const struct answers *all, const struct answer *a)
{
    return find(all, a->start_ns, a->client_port);
}

const struct answer *answers_of(const struct answers *all, const struct rdpath_attempt *a)
{
    return find(all, a->start_ns, a->client.port);
}

static bool same_mtu(const struct answer *a, const struct answer *b, int way)
{
    return a->mtu[way].at_least == b->mtu[way].at_least && a->mtu[way].below == b->mtu[way].below;
}

bool answer_equals(const struct answer *a, const struct answer *b)
{
    return strcmp(a->cause, b->cause) == 0 && a->direction == b->direction &&
           a->stage == b->stage && same_mtu(a, b, 0) && same_mtu(a, b, 1);
}

void answer_add_difference(struct text *t, const struct answer *expected,
                           const struct answer *found)
{
    if (!found) {
        text_add(t, "an attempt is missing");
        return;
    }
    if (strcmp(expected->cause, found->cause) != 0)
        text_addf(t, "cause %s instead of %s", found->cause, expected->cause);
    else if (expected->stage != found->stage)
        text_addf(t, "stage %d instead of %d", (int)found->stage, (int)expected->stage);
    else if (expected->direction != found->direction)
        text_add(t, "another direction");
    else
        text_addf(t, "sizes %u/%u and %u/%u instead of %u/%u and %u/%u", found->mtu[0].at_least,
                  found->mtu[0].below, found->mtu[1].at_least, found->mtu[1].below,
                  expected->mtu[0].at_least, expected->mtu[0].below, expected->mtu[1].at_least,
                  expected->mtu[1].below);
}
