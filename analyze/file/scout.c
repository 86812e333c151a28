/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/scout.h"

#include <stdbool.h>

enum {
    WALKS = 8,     /* of three lines each: more are no faster */
    SEARCH = 2048, /* bytes in which a record begins: a packet of most networks */
    WALK_MIN = 4 * SEARCH,
};

struct walk {
    const uint8_t *at; /* its header was called for */
    const uint8_t *end;
};

/* One that another one follows, up to the end: a header alone is easily met by chance. */
static const uint8_t *record_find(const struct scout *s, const uint8_t *from, const uint8_t *end)
{
    for (const uint8_t *at = from; at < from + SEARCH; at++) {
        size_t len = s->record_len(s->format, at);
        if (len && len < (size_t)(end - at) && s->record_len(s->format, at + len))
            return at;
    }
    return NULL;
}

/* False at the end of its part. */
static bool walk_on(const struct scout *s, struct walk *w)
{
    size_t len = s->record_len(s->format, w->at);
    if (len == 0 || len >= (size_t)(w->end - w->at))
        return false;
    w->at += len;
    scout_record(w->at);
    return true;
}

void scout_fetch(const struct scout *s, const uint8_t *record, size_t len)
{
    struct walk walks[WALKS];
    size_t n = 0, part = len > SCOUT_LOOK ? (len - SCOUT_LOOK) / WALKS : 0;
    if (part < WALK_MIN)
        return;
    for (size_t i = 0; i < WALKS; i++) {
        const uint8_t *from = record + i * part, *end = from + part;
        const uint8_t *at = i == 0 ? from : record_find(s, from, end);
        if (at)
            walks[n++] = (struct walk){at, end};
    }
    while (n > 0)
        for (size_t i = n; i-- > 0;)
            if (!walk_on(s, &walks[i]))
                walks[i] = walks[--n];
}
