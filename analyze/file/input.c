/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/input.h"

#include "analyze/file/codec.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_FIRST = 64 * 1024 }; /* enough to know what it is; the rest may be read ahead */
enum {
    INPUT_ROOM = AHEAD_WINDOW
}; /* behind n bytes: the largest piece that is ever added at once */
_Static_assert((int)INPUT_WINDOW <= (int)INPUT_ROOM, "a read fits as well");
enum { INPUT_ALIGNMENT = 64 }; /* a cache line: the kernel copies to one a fifth faster */

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
    uint8_t *to = in->window + in->end;
    return in->codec ? in->codec->decode(in->codec, &in->stored, to, room)
                     : stored_read(&in->stored, to, room);
}

/* What is left moves to where the bytes that are read next to it are aligned. */
static void input_move(struct input *in, size_t n)
{
    size_t left = in->end - in->at;
    size_t size = n + INPUT_ALIGNMENT + INPUT_ROOM;
    uint8_t *from = in->window + in->at;
    bool foreign = in->window != in->own;
    if (in->size < size) {
        in->own = memory_resized(in->own, size);
        in->size = size;
        from = foreign ? from : in->own + in->at;
    }
    size_t at = -((uintptr_t)in->own + left) % INPUT_ALIGNMENT;
    if (left)
        memmove(in->own + at, from, left);
    in->window = in->own;
    in->content += in->at - at;
    in->at = at;
    in->end = at + left;
}

/* ---- from windows that were read ahead ------------------------------------------------------- */

static bool input_may_read_ahead(const struct input *in)
{
    const struct stored *s = &in->stored;
    return !in->codec && !s->in_memory && !s->hash && s->n_read > 0;
}

/* What is left goes in front of the next window. */
static void slide_ahead(struct input *in)
{
    size_t left = in->end - in->at;
    uint8_t *bytes = ahead_place(in->ahead);
    if (left)
        memcpy(bytes - left, in->window + in->at, left);
    size_t got = stored_read_ahead(&in->stored, in->ahead, &bytes);
    in->window = bytes - left;
    in->content += in->at;
    in->at = 0;
    in->end = left + got;
    in->ended = got == 0;
}

/* A frame that is larger than a window is put together in our own. */
static size_t input_append_ahead(struct input *in)
{
    uint8_t *bytes;
    size_t got = stored_read_ahead(&in->stored, in->ahead, &bytes);
    if (got)
        memcpy(in->window + in->end, bytes, got);
    return got;
}

/* ---------------------------------------------------------------------------------------------- */

bool input_slide(struct input *in, size_t n)
{
    if (!in->ahead && input_may_read_ahead(in))
        in->ahead = ahead_open(&in->stored.source, in->stored.n_read);
    if (in->ahead && !in->ended && in->end - in->at <= AHEAD_HEADROOM)
        slide_ahead(in);
    if (in->end - in->at >= n)
        return true;
    input_move(in, n);
    while (in->end - in->at < n && !in->ended) {
        size_t got = in->ahead ? input_append_ahead(in) : input_read(in);
        in->ended = got == 0;
        in->end += got;
    }
    return in->end - in->at >= n;
}

void input_close(struct input *in)
{
    if (in->codec)
        in->codec->close(in->codec);
    ahead_close(in->ahead);
    stored_close(&in->stored);
    free(in->own);
}
