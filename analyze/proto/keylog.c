/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/proto/keylog.h"

#include "base/arena.h"

#include <string.h>

static const struct label {
    const char *name;
    uint8_t lens[2]; /* of its secret */
} labels[N_SECRET_KINDS] = {
    [SECRET_MASTER] = {"CLIENT_RANDOM", {48, 48}},
    [SECRET_HANDSHAKE_TO_SERVER] = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", {32, 48}},
    [SECRET_HANDSHAKE_TO_CLIENT] = {"SERVER_HANDSHAKE_TRAFFIC_SECRET", {32, 48}},
    [SECRET_TRAFFIC_TO_SERVER] = {"CLIENT_TRAFFIC_SECRET_0", {32, 48}},
    [SECRET_TRAFFIC_TO_CLIENT] = {"SERVER_TRAFFIC_SECRET_0", {32, 48}},
};

/* Takes the label and the blank behind it. False: the line is not for this reader. */
static bool line_label(struct reader *r, enum secret_kind *kind)
{
    for (int i = 0; i < N_SECRET_KINDS; i++) {
        size_t len = strlen(labels[i].name);
        struct reader peek = *r;
        const uint8_t *word = reader_take(&peek, len);
        if (!word || memcmp(word, labels[i].name, len) != 0 ||
            (peek.left && reader_u8(&peek) != ' '))
            continue;
        *r = peek;
        *kind = (enum secret_kind)i;
        return true;
    }
    return false;
}

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As many digits as stand there, at most max bytes. */
static uint8_t line_bytes(struct reader *r, uint8_t *to, uint8_t max)
{
    uint8_t n = 0;
    while (n < max && r->left >= 2) {
        struct reader peek = *r;
        int high = digit_of(reader_u8(&peek)), low = digit_of(reader_u8(&peek));
        if (high < 0 || low < 0)
            break;
        to[n++] = (uint8_t)(high << 4 | low);
        *r = peek;
    }
    return n;
}

static bool line_secret(struct reader *r, enum secret_kind kind, uint8_t random[SECRETS_RANDOM],
                        struct secret *secret)
{
    bool read = line_bytes(r, random, SECRETS_RANDOM) == SECRETS_RANDOM && reader_u8(r) == ' ';
    secret->len = line_bytes(r, secret->bytes, SECRETS_LEN_MAX);
    return read && r->left == 0 &&
           (secret->len == labels[kind].lens[0] || secret->len == labels[kind].lens[1]);
}

static void line_read(struct keylog *k)
{
    uint8_t random[SECRETS_RANDOM];
    struct secret secret = {0};
    enum secret_kind kind;
    uint32_t len = k->len;
    while (len && (k->line[len - 1] == '\r' || k->line[len - 1] == ' '))
        len--;
    struct reader r = reader_of(k->line, len, READER_END);
    if (line_label(&r, &kind)) {
        bool read = !k->too_long && line_secret(&r, kind, random, &secret);
        k->n_secrets += read;
        k->n_damaged += !read;
        if (read && !secrets_add(k->secrets, random, kind, &secret))
            k->n_crowded++;
    }
    memory_wipe(&secret, sizeof secret);
    k->len = 0;
    k->too_long = false;
}

/* Of a line that is too long the beginning is enough. */
static void line_add(struct keylog *k, struct reader piece)
{
    size_t room = sizeof k->line - k->len, len = piece.left;
    if (len > room) {
        len = room;
        k->too_long = true;
    }
    if (len)
        memcpy(k->line + k->len, reader_take(&piece, len), len);
    k->len += (uint32_t)len;
}

void keylog_bytes(struct keylog *k, struct reader text)
{
    while (text.left) {
        const uint8_t *end = memchr(text.at, '\n', text.left);
        line_add(k, reader_sub(&text, end ? (size_t)(end - text.at) : text.left));
        if (!end)
            return;
        reader_skip(&text, 1);
        line_read(k);
    }
}

void keylog_end(struct keylog *k)
{
    line_read(k);
    k->read = true;
    memory_wipe(k->line, sizeof k->line);
}
