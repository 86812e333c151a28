/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_target.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_RDP = 3389, PORT_DIGITS = 5 };

static bool read_port(const char *text, uint16_t *port)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long value = strtoul(text, NULL, 10);
    *port = (uint16_t)value;
    return digits > 0 && digits <= PORT_DIGITS && !text[digits] && value && value <= UINT16_MAX;
}

/* One colon parts a port; more belong to an IPv6 address, whose port needs brackets. */
bool target_parse(struct probe_target *t, const char *text)
{
    const char *colon = strrchr(text, ':'), *from = text, *end = text + strlen(text);
    t->port = PORT_RDP;
    if (*text == '[') {
        const char *bracket = strchr(text, ']');
        if (!bracket || (bracket[1] && bracket[1] != ':'))
            return false;
        colon = bracket[1] ? bracket + 1 : NULL;
        from = text + 1;
        end = bracket;
    } else if (colon && strchr(text, ':') == colon) {
        end = colon;
    } else {
        colon = NULL;
    }
    size_t len = (size_t)(end - from);
    if (len == 0 || len >= sizeof t->host || (colon && !read_port(colon + 1, &t->port)))
        return false;
    memcpy(t->host, from, len);
    t->host[len] = '\0';
    return true;
}
