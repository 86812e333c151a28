/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/input.h"

#include "analyze/file/codec.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_FIRST = 64 * 1024 }; /* enough to know what it is; the rest may be mapped */
enum { INPUT_ALIGNMENT = 64 };    /* a cache line: the kernel copies to one a fifth faster */

struct compression {
    const char *name;
    uint32_t magic, mask; /* of the first four bytes, big-endian */
    struct codec *(*open)(void);
};

static const struct compression compressions[] = {
    {"gzip", 0x1f8b0000, 0xffff0000, codec_gzip},
    {"zstd", 0x28b52ffd, 0xffffffff, codec_zstd},
    {"zstd", 0x502a4d18, 0xf0ffffff, codec_zstd}, /* begins with a skippable frame */
};

/* What was read so far is stored bytes: hand it to the codec, and begin a new window. */
static void input_decode(struct input *in, const struct compression *c)
{
    in->compression = c->name;
    in->codec = c->open();
    in->stored.buffer = in->own;
    in->stored.buffer_size = in->size;
    in->stored.pending = reader_of(in->window + in->at, in->end - in->at, READER_MORE);
    in->content = 0;
    in->window = in->own = NULL;
    in->size = in->at = in->end = 0;
    in->ended = in->codec == NULL;
    if (in->ended)
        snprintf(in->stored.problem, sizeof in->stored.problem,
                 "Expected to decode %s, but its library cannot be started.", c->name);
}

void input_begin(struct input *in)
{
    const uint8_t *bytes = input_want(in, 4);
    if (!bytes)
        return;
    struct reader r = reader_of(bytes, 4, READER_END);
    uint32_t magic = reader_be32(&r);
    for (size_t i = 0; i < sizeof compressions / sizeof *compressions; i++)
        if ((magic & compressions[i].mask) == compressions[i].magic) {
            input_decode(in, &compressions[i]);
            return;
        }
}

static size_t input_read(struct input *in)
{
    size_t room = in->size - in->end;
    size_t most = in->stored.n_read ? INPUT_WINDOW : INPUT_FIRST;
    if (room > most)
        room = most; /* whole windows: the position in the file stays aligned as well */
    uint8_t *to = in->own + in->end;
    return in->codec ? in->codec->decode(in->codec, &in->stored, to, room)
                     : stored_read(&in->stored, to, room);
}

/* What is left moves to where the bytes that are read next to it are aligned. */
static void input_move(struct input *in, size_t n)
{
    size_t left = in->end - in->at;
    size_t size = n + INPUT_ALIGNMENT + INPUT_WINDOW;
    if (in->size < size) {
        in->own = memory_resized(in->own, size);
        in->size = size;
    }
    size_t at = -((uintptr_t)in->own + left) % INPUT_ALIGNMENT;
    if (left)
        memmove(in->own + at, in->own + in->at, left);
    in->window = in->own;
    in->content += in->at - at;
    in->at = at;
    in->end = at + left;
}

static bool slide_read(struct input *in, size_t n)
{
    input_move(in, n);
    while (in->end - in->at < n && !in->ended) {
        size_t got = input_read(in);
        in->ended = got == 0;
        in->end += got;
    }
    return in->end - in->at >= n;
}

/* ---- a mapped file --------------------------------------------------------------------------- */

/* Shows the file from the present place on: n bytes of it, or what there is. The `left` ones that
   were fetched already stay so. */
static void window_move(struct input *in, size_t n)
{
    uint64_t here = input_offset(in);
    size_t left = input_left(in);
    size_t there = stored_move(&in->stored, in->mapped, here, n);
    in->window = there ? in->mapped->bytes : in->own;
    in->content = there ? in->mapped->position : here;
    in->at = (size_t)(here - in->content);
    in->end = in->at + (left < there ? left : there);
    in->ended = there <= left;
}

/* Fetches what follows in the window: the headers of all its records where they can be told;
   otherwise, and of what is hashed, every byte of a piece. */
static void window_fetch(struct input *in)
{
    size_t len = in->mapped->len - in->end;
    bool scouted = in->scout.record_len && !in->stored.hash;
    if (!scouted && len > MAPPED_PIECE)
        len = MAPPED_PIECE;
    if (scouted)
        scout_fetch(&in->scout, in->window + in->at, input_left(in) + len);
    else
        mapped_fetch(in->mapped, in->end, len);
    size_t got = stored_take(&in->stored, in->mapped, in->end, len);
    in->end += got;
    in->ended = got == 0;
}

static bool slide_mapped(struct input *in, size_t n)
{
    while (input_left(in) < n && !in->ended) {
        if (in->end < in->mapped->len)
            window_fetch(in);
        else
            window_move(in, n);
    }
    return input_left(in) >= n;
}

bool input_break(struct input *in)
{
    size_t kept = in->mapped->kept;
    bool passed = kept < in->at;
    in->stored.n_read = in->mapped->position + kept;
    in->end = kept;
    if (passed)
        in->at = kept;
    return passed;
}

/* Behind the first bytes, which told that it is plain; at a place that is in the window. */
static bool input_map(struct input *in)
{
    const struct stored *s = &in->stored;
    if (in->mapped || in->codec || s->in_memory || s->n_read == 0)
        return in->mapped != NULL;
    in->mapped = mapped_open(&s->source);
    if (in->mapped)
        window_move(in, 1);
    return in->mapped != NULL;
}

/* ---------------------------------------------------------------------------------------------- */

bool input_slide(struct input *in, size_t n)
{
    return input_map(in) ? slide_mapped(in, n) : slide_read(in, n);
}

void input_drain(struct input *in)
{
    while (in->mapped && !in->ended) {
        in->at = in->end;
        slide_mapped(in, 1);
    }
    while (!in->mapped && stored_read(&in->stored, in->own, in->size) > 0)
        continue;
}

void input_close(struct input *in)
{
    if (in->codec)
        in->codec->close(in->codec);
    mapped_close(in->mapped);
    stored_close(&in->stored);
    free(in->own);
}
