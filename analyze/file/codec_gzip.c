/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952): one member or several one after the other, then nothing but zero padding. */
#define ZLIB_CONST
#include "analyze/file/codec.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW_BITS = MAX_WBITS + 16 }; /* zlib's way to ask for gzip and its checks */

struct gzip {
    struct codec codec; /* first, so that it can be converted back */
    z_stream z;
    bool inside; /* a member: its end must come */
    bool full;   /* the last call filled its output: zlib may hold more */
    bool over;
};

static bool gzip_end(struct gzip *g, struct stored *s, const char *what)
{
    g->over = true;
    if (what && !s->problem[0])
        snprintf(s->problem, sizeof s->problem,
                 "Expected whole gzip data, but it %s at stored byte %" PRIu64 ".", what,
                 stored_offset(s));
    return false;
}

/* RFC 1952 2.2: members follow each other; tapes and disks pad the last one with zeros. */
static bool member_begin(struct gzip *g, struct stored *s)
{
    while (s->pending.left && reader_peek(&s->pending) == 0)
        reader_skip(&s->pending, 1);
    if (!s->pending.left)
        return false;
    inflateReset(&g->z);
    g->inside = true;
    return true;
}

static bool gzip_step(struct gzip *g, struct stored *s)
{
    g->z.next_in = s->pending.at;
    g->z.avail_in = (uInt)s->pending.left;
    int result = inflate(&g->z, Z_NO_FLUSH);
    reader_skip(&s->pending, s->pending.left - g->z.avail_in);
    g->full = g->z.avail_out == 0;
    if (result == Z_STREAM_END)
        g->inside = g->full = false;
    /* Z_BUF_ERROR: nothing left to give without more input, which is no error here */
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return true;
    return gzip_end(g, s, "is broken");
}

static size_t gzip_decode(struct codec *codec, struct stored *s, uint8_t *to, size_t room)
{
    struct gzip *g = (struct gzip *)codec;
    g->z.next_out = to;
    g->z.avail_out = (uInt)room;
    while (!g->over && g->z.avail_out == room) {
        if (!s->pending.left && !g->full && !stored_refill(s))
            gzip_end(g, s, g->inside ? "is cut off" : NULL);
        else if (g->inside || member_begin(g, s))
            gzip_step(g, s);
    }
    return room - g->z.avail_out;
}

static void gzip_close(struct codec *codec)
{
    struct gzip *g = (struct gzip *)codec;
    inflateEnd(&g->z);
    free(g);
}

struct codec *codec_gzip(void)
{
    struct gzip *g = memory_zeroed(sizeof *g);
    g->codec = (struct codec){.decode = gzip_decode, .close = gzip_close};
    if (inflateInit2(&g->z, GZIP_WINDOW_BITS) == Z_OK)
        return &g->codec;
    free(g);
    return NULL;
}
