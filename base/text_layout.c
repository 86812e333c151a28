/* SPDX-License-Identifier: Apache-2.0 */
/* Lines that fit a terminal, and times as people and machines read them. */
#include "base/text.h"

#include "rdpath.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- columns --------------------------------------------------------------------------------- */

/* Unicode East Asian Width W and F, by block; combining marks take no column of their own. */
static size_t code_columns(uint32_t code)
{
    if ((code >= 0x300 && code <= 0x36f) || (code >= 0xfe00 && code <= 0xfe0f))
        return 0;
    bool wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
                (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
                (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
                (code >= 0x1f300 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3ffff);
    return wide ? 2 : 1;
}

static size_t span_columns(struct reader r)
{
    size_t columns = text_plain_len((const char *)r.at, r.left);
    reader_skip(&r, columns);
    while (r.left) {
        bool valid;
        columns += code_columns(text_next(&r, &valid));
    }
    return columns;
}

size_t text_columns(const char *string)
{
    return span_columns(reader_of(string, strlen(string), READER_END));
}

static void break_line(struct text *t, const struct text_wrap *w, size_t *column)
{
    text_add(t, "\n");
    text_add(t, w->indent);
    *column = text_columns(w->indent);
}

struct word {
    const char *at;
    size_t len;
    size_t columns;
    bool plain; /* printable ASCII */
};

/* The word at the beginning of the string, which is not a space. */
static struct word word_at(const char *string)
{
    size_t len = 0;
    while ((uint8_t)(string[len] - '!') < 0x7f - '!')
        len++;
    if (string[len] == ' ' || string[len] == '\0')
        return (struct word){string, len, len, true};
    len += strcspn(string + len, " ");
    return (struct word){string, len, span_columns(reader_of(string, len, READER_END)), false};
}

/* Broken inside only where no line can hold it whole. */
static void add_broken(struct text *t, const struct word *word, const struct text_wrap *w,
                       size_t *column)
{
    struct reader r = reader_of(word->at, word->len, READER_END);
    while (r.left) {
        bool valid;
        uint32_t code = text_next(&r, &valid);
        if (*column + code_columns(code) > w->columns)
            break_line(t, w, column);
        text_add_code(t, code);
        *column += code_columns(code);
    }
}

static const char *spaces_skip(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* Plain words of one line, with one space between them, as they stand in the string. */
struct run {
    const char *at;
    size_t len;
};

static void run_end(struct text *t, struct run *run)
{
    text_add_bytes(t, run->at, run->len);
    run->len = 0;
}

static void run_add(struct text *t, struct run *run, const struct word *word, size_t space)
{
    if (run->len && word->at == run->at + run->len + 1) {
        run->len += 1 + word->len;
        return;
    }
    run_end(t, run);
    text_fill(t, ' ', space);
    *run = (struct run){word->at, word->len};
}

void text_add_wrapped(struct text *t, const char *string, const struct text_wrap *w)
{
    size_t column = w->first, indent = text_columns(w->indent), space = 0;
    struct run run = {string, 0};
    for (const char *at = spaces_skip(string); *at; at = spaces_skip(at)) {
        struct word word = word_at(at);
        if (column + space + word.columns > w->columns && column > indent) {
            run_end(t, &run);
            break_line(t, w, &column);
            space = 0;
        }
        column += space;
        if (word.plain && column + word.len <= w->columns) {
            run_add(t, &run, &word, space);
            column += word.columns;
        } else {
            run_end(t, &run);
            text_fill(t, ' ', space);
            add_broken(t, &word, w, &column);
        }
        space = 1;
        at += word.len;
    }
    run_end(t, &run);
}

/* ---- time ------------------------------------------------------------------------------------ */

enum { DAY_S = 86400 };
static const int64_t SECOND_NS = 1000000000;

struct moment_parts {
    int64_t year;
    int month, day, hour, minute, second;
};

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static void parts_set_date(struct moment_parts *p, int64_t days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    enum { ERA_DAYS = 146097, ERA_YEARS = 400 }; /* the Gregorian calendar repeats itself */
    int64_t era = days >= 0 ? days / ERA_DAYS : -((ERA_DAYS - 1 - days) / ERA_DAYS);
    days -= era * ERA_DAYS;
    p->year = 1970 + era * ERA_YEARS;
    while (days >= (is_leap(p->year) ? 366 : 365))
        days -= is_leap(p->year++) ? 366 : 365;
    p->month = 0;
    for (;;) {
        int length = lengths[p->month] + (p->month == 1 && is_leap(p->year));
        if (days < length)
            break;
        days -= length;
        p->month++;
    }
    p->month++;
    p->day = (int)days + 1;
}

static struct moment_parts moment_parts_of(int64_t seconds)
{
    int64_t days = seconds / DAY_S, of_day = seconds % DAY_S;
    if (of_day < 0) {
        of_day += DAY_S;
        days--;
    }
    struct moment_parts p = {0};
    p.hour = (int)(of_day / 3600);
    p.minute = (int)(of_day / 60 % 60);
    p.second = (int)(of_day % 60);
    parts_set_date(&p, days);
    return p;
}

static void format_time(char out[TEXT_TIME_SIZE], int64_t seconds, int64_t fraction_ns)
{
    struct moment_parts p = moment_parts_of(seconds);
    snprintf(out, TEXT_TIME_SIZE, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%09" PRId64 "Z", p.year,
             p.month, p.day, p.hour, p.minute, p.second, fraction_ns);
}

/* Rounds down before 1970 too. */
static int64_t whole_seconds(int64_t ns)
{
    return ns / SECOND_NS - (ns % SECOND_NS < 0);
}

void text_time(char out[TEXT_TIME_SIZE], int64_t ns)
{
    int64_t fraction_ns = ns % SECOND_NS;
    format_time(out, whole_seconds(ns), fraction_ns < 0 ? fraction_ns + SECOND_NS : fraction_ns);
}

void text_time_of_seconds(char out[TEXT_TIME_SIZE], int64_t seconds)
{
    format_time(out, seconds, 0);
}

void text_date(char out[TEXT_TIME_SIZE], int64_t seconds)
{
    struct moment_parts p = moment_parts_of(seconds);
    snprintf(out, TEXT_TIME_SIZE, "%04" PRId64 "-%02d-%02d", p.year, p.month, p.day);
}

void text_time_short(char out[TEXT_TIME_SIZE], int64_t ns)
{
    if (ns == RDPATH_UNKNOWN) {
        snprintf(out, TEXT_TIME_SIZE, "time unknown");
        return;
    }
    struct moment_parts p = moment_parts_of(whole_seconds(ns));
    snprintf(out, TEXT_TIME_SIZE, "%04" PRId64 "-%02d-%02d %02d:%02d:%02d UTC", p.year, p.month,
             p.day, p.hour, p.minute, p.second);
}

void text_duration(char out[TEXT_DURATION_SIZE], int64_t ns)
{
    int64_t us = ns / 1000;
    if (ns < 0)
        snprintf(out, TEXT_DURATION_SIZE, "unknown");
    else if (us < 100)
        snprintf(out, TEXT_DURATION_SIZE, "%" PRId64 " µs", us);
    else if (us < 99950) /* below 0.1 s: 99.9 ms is the last that stays one */
        snprintf(out, TEXT_DURATION_SIZE, "%.1f ms", (double)us / 1e3);
    else if (us < 9995000)
        snprintf(out, TEXT_DURATION_SIZE, "%.2f s", (double)us / 1e6);
    else if (us < 119950000)
        snprintf(out, TEXT_DURATION_SIZE, "%.1f s", (double)us / 1e6);
    else
        snprintf(out, TEXT_DURATION_SIZE, "%" PRId64 " min %" PRId64 " s", (us + 500000) / 60000000,
                 (us + 500000) / 1000000 % 60);
}
