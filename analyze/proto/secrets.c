/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/secrets.h"

#include "base/arena.h"

#include <string.h>

struct entry {
    uint8_t random[SECRETS_RANDOM];
    bool used;
    struct secret secrets[N_SECRET_KINDS];
};

struct set {
    struct entry ways[SECRETS_WAYS];
    uint8_t next; /* the oldest, or the first that is free */
};

struct sets {
    struct set *of[SECRETS_SETS]; /* NULL: empty */
};

struct secrets {
    const struct secrets *also;
    struct sets *sets; /* NULL: all are empty */
};

struct secrets *secrets_new(const struct secrets *also)
{
    struct secrets *s = memory_zeroed(sizeof *s);
    s->also = also;
    return s;
}

void secrets_free(struct secrets *s)
{
    if (!s)
        return;
    for (int i = 0; s->sets && i < SECRETS_SETS; i++) {
        if (s->sets->of[i])
            memory_wipe(s->sets->of[i], sizeof *s->sets->of[i]);
        memory_release(s->sets->of[i]);
    }
    memory_release(s->sets);
    memory_release(s);
}

/* The value is random: any of its bits will do. Who chooses them to collide fills one set only. */
static uint32_t set_of(const uint8_t random[SECRETS_RANDOM])
{
    uint32_t sum = 0;
    for (int i = 0; i < SECRETS_RANDOM; i++)
        sum = sum * 31 + random[i];
    return (sum ^ sum >> 12) % SECRETS_SETS;
}

static struct entry *entry_in(struct set *set, const uint8_t random[SECRETS_RANDOM])
{
    for (int i = 0; set && i < SECRETS_WAYS; i++) {
        if (set->ways[i].used && memcmp(set->ways[i].random, random, SECRETS_RANDOM) == 0)
            return &set->ways[i];
    }
    return NULL;
}

bool secrets_add(struct secrets *s, const uint8_t random[SECRETS_RANDOM], enum secret_kind kind,
                 const struct secret *secret)
{
    if (!s->sets)
        s->sets = memory_zeroed(sizeof *s->sets);
    struct set **set = &s->sets->of[set_of(random)];
    struct entry *e = entry_in(*set, random);
    bool crowded = false;
    if (!*set)
        *set = memory_zeroed(sizeof **set);
    if (!e) {
        e = &(*set)->ways[(*set)->next++ % SECRETS_WAYS];
        crowded = e->used;
        memory_wipe(e, sizeof *e);
        memcpy(e->random, random, SECRETS_RANDOM);
        e->used = true;
    }
    e->secrets[kind] = *secret;
    return !crowded;
}

const struct secret *secrets_find(const struct secrets *s, const uint8_t random[SECRETS_RANDOM],
                                  enum secret_kind kind)
{
    for (uint32_t set = set_of(random); s; s = s->also) {
        const struct entry *e = s->sets ? entry_in(s->sets->of[set], random) : NULL;
        if (e && e->secrets[kind].len)
            return &e->secrets[kind];
    }
    return NULL;
}
