/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text: a string that grows, UTF-8 that may be broken, times and durations in words, and lines that
 * fit a terminal. Texts from a capture are hostile; whoever shows one passes it through a code
 * point at a time (text_next) and decides what each may become.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

/* ---- a string that grows --------------------------------------------------------------------- */

/* Starts as {0}. bytes ends in NUL as soon as something was added. */
struct text {
    char *bytes;
    size_t len, room;
};

void text_add_bytes(struct text *, const void *bytes, size_t len);
void text_add(struct text *, const char *);
void text_addf(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_code(struct text *, uint32_t code); /* as UTF-8 */
void text_fill(struct text *, char c, size_t n);  /* n times the same */
const char *text_string(const struct text *);     /* never NULL */
void text_free(struct text *);

/* ---- UTF-8 (Unicode 15, table 3-7) ----------------------------------------------------------- */

enum { TEXT_REPLACEMENT = 0xfffd };

/* How many bytes from the first on are printable ASCII: nearly all text is, and needs no more. */
static inline size_t text_plain_len(const char *bytes, size_t len)
{
    size_t n = 0;
    while (n < len && (uint8_t)(bytes[n] - ' ') < 0x7f - ' ')
        n++;
    return n;
}

/* The next code point; a byte that begins none is taken alone and read as U+FFFD. */
uint32_t text_next(struct reader *, bool *valid);
bool text_is_utf8(const void *bytes, size_t len);

/* Control characters (C0, DEL, C1) and those that turn, join or hide text on a screen. */
bool text_is_control(uint32_t code);

/* Appends a code point to be seen and not obeyed: a control character as \x1b or \u202e. */
void text_add_visible(struct text *, uint32_t code);

/* Appends a text so that a POSIX shell reads it as one word: in quotes only where it needs them. */
void text_add_shell_word(struct text *, const char *);

/* Appends bytes with U+FFFD for whatever is not UTF-8. */
void text_add_utf8(struct text *, const void *bytes, size_t len);

/* ---- columns --------------------------------------------------------------------------------- */

/* The columns that a UTF-8 text takes on a terminal. */
size_t text_columns(const char *);

struct text_wrap {
    size_t columns;     /* of the whole line */
    size_t first;       /* columns that the first line has used already */
    const char *indent; /* of every further line */
};

/* Appends text broken at spaces, and inside a word only where it exceeds a line. No final \n. */
void text_add_wrapped(struct text *, const char *, const struct text_wrap *);

/* ---- time ------------------------------------------------------------------------------------ */

enum { TEXT_TIME_SIZE = 40, TEXT_DURATION_SIZE = 40 };

/* "2026-01-05T09:14:03.123456789Z" (RFC 3339), from nanoseconds since 1970. */
void text_time(char out[TEXT_TIME_SIZE], int64_t ns);
/* The same from seconds: the dates of certificates reach the year 9999. */
void text_time_of_seconds(char out[TEXT_TIME_SIZE], int64_t seconds);
/* "2026-01-05" */
void text_date(char out[TEXT_TIME_SIZE], int64_t seconds);
/* "2026-01-05 09:14:03 UTC" */
void text_time_short(char out[TEXT_TIME_SIZE], int64_t ns);
/* "40 µs", "0.6 ms", "13.6 s", "2 min 5 s" */
void text_duration(char out[TEXT_DURATION_SIZE], int64_t ns);

#endif
