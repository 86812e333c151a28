/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_flight.h"

#include <string.h>

enum { RECORD_HEAD_LEN = 5, TYPE_ALERT = 21, TYPE_HANDSHAKE = 22, TYPE_DATA = 23 };

/* RFC 5246, 7.4.5: the message that ends the flight has no content, so its four bytes say it all.
   Before TLS 1.3 nothing follows an alert; in TLS 1.3 what follows ServerHello is encrypted. */
static bool ends_flight(const struct probe_flight *f)
{
    static const uint8_t hello_done[4] = {14, 0, 0, 0};
    switch (f->head[0]) {
    case TYPE_HANDSHAKE:
        return memcmp(f->tail, hello_done, sizeof hello_done) == 0;
    case TYPE_ALERT:
    case TYPE_DATA:
        return true;
    default:
        return false;
    }
}

/* RFC 5246, 6.2.1. */
void flight_take(struct probe_flight *f, const uint8_t *bytes, size_t len)
{
    f->len += (uint32_t)len;
    for (size_t i = 0; i < len; i++) {
        if (f->n_head < RECORD_HEAD_LEN) {
            f->head[f->n_head++] = bytes[i];
            f->left = (uint32_t)f->head[3] << 8 | f->head[4];
            memset(f->tail, 0, sizeof f->tail);
            if (f->n_head == RECORD_HEAD_LEN && f->left == 0)
                f->n_head = 0;
            continue;
        }
        memmove(f->tail, f->tail + 1, sizeof f->tail - 1);
        f->tail[sizeof f->tail - 1] = bytes[i];
        if (--f->left > 0)
            continue;
        f->whole |= ends_flight(f);
        f->n_head = 0;
    }
    f->whole |= f->len >= PROBE_FLIGHT_MAX;
}
