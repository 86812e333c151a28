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
