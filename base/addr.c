/* SPDX-License-Identifier: Apache-2.0 */
#include "base/addr.h"

#include <stdio.h>

struct zero_run {
    int start, len;
};

/* The first longest run of zero groups, at least two long: RFC 5952 section 4.2. */
static struct zero_run longest_zero_run(const uint16_t group[8])
{
    struct zero_run best = {-1, 1}, run = {-1, 0};
    for (int i = 0; i < 8; i++) {
        if (group[i]) {
            run.len = 0;
            continue;
        }
        if (run.len++ == 0)
            run.start = i;
        if (run.len > best.len)
            best = run;
    }
    return best;
}

static void format_v6(const struct addr *a, char text[ADDR_TEXT_SIZE])
{
    uint16_t group[8];
    for (int i = 0; i < 8; i++)
        group[i] = (uint16_t)(a->bytes[2 * i] << 8 | a->bytes[2 * i + 1]);
    struct zero_run zeros = longest_zero_run(group);
    size_t at = 0;
    for (int i = 0; i < 8; i++) {
        if (i == zeros.start) {
            at += (size_t)snprintf(text + at, ADDR_TEXT_SIZE - at, "::");
            i += zeros.len - 1;
            continue;
        }
        const char *colon = i > 0 && text[at - 1] != ':' ? ":" : "";
        at += (size_t)snprintf(text + at, ADDR_TEXT_SIZE - at, "%s%x", colon, (unsigned)group[i]);
    }
}

void addr_format(const struct addr *a, char text[ADDR_TEXT_SIZE])
{
    text[0] = '\0';
    if (a->version == 4)
        snprintf(text, ADDR_TEXT_SIZE, "%u.%u.%u.%u", a->bytes[0], a->bytes[1], a->bytes[2],
                 a->bytes[3]);
    if (a->version == 6)
        format_v6(a, text);
}

static bool parse_v4(const char *text, struct addr *a)
{
    unsigned part[4];
    char rest;
    if (sscanf(text, "%3u.%3u.%3u.%3u%c", &part[0], &part[1], &part[2], &part[3], &rest) != 4)
        return false;
    for (int i = 0; i < 4; i++) {
        if (part[i] > UINT8_MAX)
            return false;
        a->bytes[i] = (uint8_t)part[i];
    }
    a->version = 4;
    return true;
}

/* Groups up to "::" or the end; returns how many, -1 where it is no address. */
static int parse_groups(const char **text, uint8_t *bytes)
{
    int n = 0, used;
    unsigned group;
    while (**text && **text != ':') {
        if (n == 8 || sscanf(*text, "%4x%n", &group, &used) != 1)
            return -1;
        bytes[2 * n] = (uint8_t)(group >> 8);
        bytes[2 * n + 1] = (uint8_t)group;
        n++;
        *text += used;
        if (**text && (**text != ':' || !(*text)[1]))
            return -1;
        if (**text && (*text)[1] != ':')
            (*text)++;
    }
    return n;
}

static bool parse_v6(const char *text, struct addr *a)
{
    uint8_t tail[16] = {0};
    int n_head = parse_groups(&text, a->bytes), n_tail = 0;
    bool gap = strncmp(text, "::", 2) == 0;
    if (gap) {
        text += 2;
        n_tail = parse_groups(&text, tail);
    }
    if (n_head < 0 || n_tail < 0 || *text || (gap ? n_head + n_tail > 7 : n_head != 8))
        return false;
    memcpy(a->bytes + 16 - 2 * n_tail, tail, 2 * (size_t)n_tail);
    a->version = 6;
    return true;
}

bool addr_parse(const char *text, struct addr *a)
{
    *a = (struct addr){0};
    if (parse_v4(text, a))
        return true;
    *a = (struct addr){0};
    return parse_v6(text, a);
}
