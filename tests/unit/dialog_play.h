/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of bytes for the tests of the decoders, played into a dialog in any pieces. */
#ifndef TESTS_UNIT_DIALOG_PLAY_H
#define TESTS_UNIT_DIALOG_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/proto/dialog.h"
#include "analyze/proto/inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAY_MAX = 40000, PLAY_LINES_MAX = 160 };

/* What one side says at once; line n has frame number n + 1. */
struct line {
    enum rdpath_direction direction;
    uint32_t off, len;
};

struct play {
    bool plain; /* decrypted: for an inner that begins so, not for a dialog */
    enum inner_begin begin;
    uint8_t bytes[PLAY_MAX];
    uint32_t len;
    struct line lines[PLAY_LINES_MAX];
    uint32_t n_lines;
};

static const struct secrets *stage_secrets; /* what is known of TLS in each stage */

struct stage {
    struct attempt attempt;
    struct connection connection;
    struct dialog *dialog;
    struct inner *inner; /* instead of it, where the play is plain */
};

static inline void play_line(struct play *p, enum rdpath_direction direction)
{
    assert_in_range(p->n_lines, 0, PLAY_LINES_MAX - 1);
    p->lines[p->n_lines++] = (struct line){direction, p->len, 0};
}

/* Adds to the last line. */
static inline void play_add(struct play *p, const void *bytes, size_t len)
{
    assert_true(p->len + len <= PLAY_MAX);
    memcpy(p->bytes + p->len, bytes, len);
    p->len += (uint32_t)len;
    p->lines[p->n_lines - 1].len += (uint32_t)len;
}

static inline void play_fill(struct play *p, uint8_t value, size_t len)
{
    assert_true(p->len + len <= PLAY_MAX);
    memset(p->bytes + p->len, value, len);
    p->len += (uint32_t)len;
    p->lines[p->n_lines - 1].len += (uint32_t)len;
}

static inline void play_be(struct play *p, uint32_t value, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        play_add(p, &byte, 1);
    }
}

static inline void play_say(struct play *p, enum rdpath_direction direction, const void *bytes,
                            size_t len)
{
    play_line(p, direction);
    play_add(p, bytes, len);
}

/* [MS-RDPBCGR 4.1.1] with another flag and set of protocols, and 4.1.2 */
static inline void play_negotiate(struct play *p, uint8_t requested, uint8_t selected)
{
    uint8_t request[] = {0x03, 0x00, 0x00, 0x13, 0x0e, 0xe0, 0x00, 0x00, 0x00, 0x00,
                         0x00, 0x01, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00};
    uint8_t confirm[] = {0x03, 0x00, 0x00, 0x13, 0x0e, 0xd0, 0x00, 0x00, 0x12, 0x34,
                         0x00, 0x02, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00};
    request[15] = requested;
    confirm[15] = selected;
    play_say(p, RDPATH_TO_SERVER, request, sizeof request);
    play_say(p, RDPATH_TO_CLIENT, confirm, sizeof confirm);
}

static inline void stage_open(struct stage *s)
{
    memset(s, 0, sizeof *s);
    s->connection.attempt = &s->attempt;
    s->connection.secrets = stage_secrets;
    s->dialog = dialog_new(&s->connection);
}

static inline void stage_open_for(struct stage *s, const struct play *p)
{
    stage_open(s);
    if (p->plain)
        s->inner = inner_new(&s->connection, p->begin);
}

static inline void stage_close(struct stage *s)
{
    inner_free(s->inner);
    dialog_free(s->dialog);
    arena_free(&s->connection.arena);
    arena_free(&s->attempt.arena);
}

static inline struct moment moment_of(uint32_t line)
{
    return (struct moment){.ts_ns = (int64_t)line * 1000, .frame = line + 1};
}

static inline void stage_say(struct stage *s, enum rdpath_direction direction, struct reader bytes,
                             struct moment at)
{
    if (s->inner)
        inner_bytes(s->inner, direction, bytes, at);
    else
        dialog_bytes(s->dialog, direction, bytes, at);
}

/* Plays every line in pieces of at most piece bytes, the first of each line at most first. */
static inline void stage_play(struct stage *s, const struct play *p, size_t first, size_t piece)
{
    for (uint32_t i = 0; i < p->n_lines; i++) {
        const struct line *line = &p->lines[i];
        /* a copy of exactly its size, so that a sanitizer sees reads beyond it */
        for (size_t off = 0, len; off < line->len; off += len) {
            len = off == 0 ? first : piece;
            len = len < line->len - off ? len : line->len - off;
            uint8_t *copy = malloc(len);
            memcpy(copy, p->bytes + line->off + off, len);
            stage_say(s, line->direction, reader_of(copy, len, READER_MORE), moment_of(i));
            free(copy);
        }
    }
}

static inline void stage_play_whole(struct stage *s, const struct play *p)
{
    stage_open_for(s, p);
    stage_play(s, p, PLAY_MAX, PLAY_MAX);
}

/* Plays it cut in two at every byte, and in pieces of every size to 64; check() judges. */
static inline void play_in_every_way(const struct play *p, void (*check)(const struct connection *))
{
    struct stage s;
    uint32_t longest = 0;
    for (uint32_t i = 0; i < p->n_lines; i++)
        longest = p->lines[i].len > longest ? p->lines[i].len : longest;
    for (size_t cut = 1; cut <= longest; cut++) {
        stage_open_for(&s, p);
        stage_play(&s, p, cut, PLAY_MAX);
        check(&s.connection);
        stage_close(&s);
    }
    for (size_t piece = 1; piece <= 64; piece++) {
        stage_open_for(&s, p);
        stage_play(&s, p, piece, piece);
        check(&s.connection);
        stage_close(&s);
    }
}

static inline const struct rdpath_rung *rung_of(const struct connection *c, enum rdpath_stage stage)
{
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        if (c->rungs[i].stage == stage)
            return &c->rungs[i];
    }
    return NULL;
}

static inline void assert_text(const struct rdpath_text *text, const char *expected)
{
    assert_int_equal(text->len, strlen(expected));
    assert_memory_equal(text->bytes, expected, text->len);
}

#endif
