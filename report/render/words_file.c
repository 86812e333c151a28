/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files: from names of the wire, yet safe on every system and in every shell. */
#include "base/text.h"
#include "report/render/words.h"

#include <string.h>

enum { PART_MAX = 40, TIME_LEN = 19 };

static bool is_safe(uint32_t code)
{
    return code < 0x80 && code &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789.-",
                  (int)code);
}

/* What is not safe becomes an underscore; a part begins with no dot and no dash. */
static void add_part(struct text *t, const char *part)
{
    struct reader r = reader_of(part, strlen(part), READER_END);
    if (t->len)
        text_add(t, "-");
    for (size_t n = 0; r.left && n < PART_MAX; n++) {
        bool valid;
        uint32_t code = text_next(&r, &valid);
        bool leads = n == 0 && (code == '.' || code == '-');
        text_add_code(t, is_safe(code) && !leads ? code : '_');
    }
}

/* "20260105T091403Z" (ISO 8601, basic format): a colon is no sign for a file name. */
static void add_time(struct text *t, int64_t ns)
{
    char time[TEXT_TIME_SIZE];
    text_time(time, ns);
    text_add(t, "-");
    for (size_t i = 0; i < TIME_LEN; i++)
        if (time[i] != '-' && time[i] != ':')
            text_add_bytes(t, &time[i], 1);
    text_add(t, "Z");
}

const char *words_file(struct arena *arena, const struct rdpath_attempt *a)
{
    struct text t = {0};
    add_part(&t, words_host(arena, &a->client));
    add_part(&t, words_host(arena, &a->server));
    add_time(&t, a->start_ns);
    add_part(&t, a->cause.id ? a->cause.id : "undetermined");
    text_addf(&t, "-%u", (unsigned)a->id);
    const char *kept = arena_string(arena, text_string(&t));
    text_free(&t);
    return kept;
}
