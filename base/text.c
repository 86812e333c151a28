/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a string that grows --------------------------------------------------------------------- */

static char *text_room(struct text *t, size_t more)
{
    if (t->room - t->len < more + 1) { /* + 1: the final NUL */
        size_t doubled = 2 * t->room;
        t->room = doubled > t->len + more + 1 ? doubled : t->len + more + 64;
        t->bytes = memory_resized(t->bytes, t->room);
    }
    return t->bytes + t->len;
}

void text_add_bytes(struct text *t, const void *bytes, size_t len)
{
    char *at = text_room(t, len);
    if (len)
        memcpy(at, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
}

void text_add(struct text *t, const char *string)
{
    text_add_bytes(t, string, strlen(string));
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char *at = text_room(t, 64); /* nearly always enough: then it is formatted once */
    int len = vsnprintf(at, t->room - t->len, format, args);
    if (len > 0 && (size_t)len >= t->room - t->len)
        vsnprintf(text_room(t, (size_t)len), (size_t)len + 1, format, again);
    if (len > 0)
        t->len += (size_t)len;
    t->bytes[t->len] = '\0';
    va_end(again);
    va_end(args);
}

void text_add_code(struct text *t, uint32_t code)
{
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0}; /* by length */
    uint8_t bytes[4];
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; code >>= 6)
        bytes[i] = (uint8_t)(0x80 | (code & 0x3f));
    bytes[0] = (uint8_t)(first[len] | code);
    text_add_bytes(t, bytes, len);
}

void text_fill(struct text *t, char c, size_t n)
{
    memset(text_room(t, n), c, n);
    t->len += n;
    t->bytes[t->len] = '\0';
}

const char *text_string(const struct text *t)
{
    return t->bytes ? t->bytes : "";
}

void text_free(struct text *t)
{
    free(t->bytes);
    *t = (struct text){0};
}

/* ---- UTF-8 ----------------------------------------------------------------------------------- */

struct utf8_form {
    uint8_t n_more;    /* continuation bytes */
    uint8_t low, high; /* what the first of them may be: no overlong form, no surrogate */
};

static struct utf8_form utf8_form_of(uint8_t first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return (struct utf8_form){1, 0x80, 0xbf};
    if (first >= 0xe0 && first <= 0xef)
        return (struct utf8_form){2, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf};
    if (first >= 0xf0 && first <= 0xf4)
        return (struct utf8_form){3, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf};
    return (struct utf8_form){0, 0, 0};
}

uint32_t text_next(struct reader *r, bool *valid)
{
    uint8_t first = reader_u8(r);
    *valid = true;
    if (first < 0x80)
        return first;
    struct utf8_form form = utf8_form_of(first);
    struct reader ahead = *r;
    uint32_t code = first & (0x3fU >> form.n_more);
    bool good = form.n_more > 0;
    for (unsigned i = 0; good && i < form.n_more; i++) {
        uint8_t next = reader_u8(&ahead);
        good = next >= form.low && next <= form.high;
        code = code << 6 | (next & 0x3f);
        form.low = 0x80;
        form.high = 0xbf;
    }
    *valid = good;
    if (!good)
        return TEXT_REPLACEMENT;
    *r = ahead;
    return code;
}

bool text_is_utf8(const void *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len, READER_END);
    bool valid = true;
    while (valid && r.left)
        (void)text_next(&r, &valid);
    return valid;
}

bool text_is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe0fff);
}

void text_add_visible(struct text *t, uint32_t code)
{
    if (!text_is_control(code))
        text_add_code(t, code);
    else if (code < 0x100)
        text_addf(t, "\\x%02x", (unsigned)code);
    else
        text_addf(t, "\\u%04x", (unsigned)code);
}

static bool is_plain_in_shell(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "%+,-./:=@_";
    return *word && word[strspn(word, plain)] == '\0';
}

void text_add_shell_word(struct text *t, const char *word)
{
    if (is_plain_in_shell(word)) {
        text_add(t, word);
        return;
    }
    text_add(t, "'");
    for (const char *c = word; *c; c++) {
        if (*c == '\'')
            text_add(t, "'\\''");
        else
            text_add_bytes(t, c, 1);
    }
    text_add(t, "'");
}

void text_add_utf8(struct text *t, const void *bytes, size_t len)
{
    if (text_is_utf8(bytes, len)) {
        text_add_bytes(t, bytes, len);
        return;
    }
    struct reader r = reader_of(bytes, len, READER_END);
    while (r.left) {
        bool valid;
        text_add_code(t, text_next(&r, &valid));
    }
}
