/* SPDX-License-Identifier: Apache-2.0 */
/* zstd (RFC 8878): frames one after the other, skippable ones included. */
#include "analyze/file/codec.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

/* `zstd --ultra -22` and `--long` need no more; a hostile frame could ask for terabytes. */
enum { ZSTD_WINDOW_LOG = 27 };

struct zstd {
    struct codec codec; /* first, so that it can be converted back */
    ZSTD_DStream *stream;
    bool inside; /* a frame: its end must come */
    bool full;   /* the last call filled its output: zstd may hold more */
    bool over;
};

static void zstd_end(struct zstd *z, struct stored *s, const char *what)
{
    z->over = true;
    if (what && !s->problem[0])
        snprintf(s->problem, sizeof s->problem,
                 "Expected whole zstd data, but it %s at stored byte %" PRIu64 ".", what,
                 stored_offset(s));
}

static void zstd_step(struct zstd *z, struct stored *s, ZSTD_outBuffer *out)
{
    ZSTD_inBuffer in = {.src = s->pending.at, .size = s->pending.left};
    size_t result = ZSTD_decompressStream(z->stream, out, &in);
    reader_skip(&s->pending, in.pos);
    z->full = out->pos == out->size;
    z->inside = result != 0;
    if (ZSTD_isError(result))
        zstd_end(z, s, "is broken");
}

static size_t zstd_decode(struct codec *codec, struct stored *s, uint8_t *to, size_t room)
{
    struct zstd *z = (struct zstd *)codec;
    ZSTD_outBuffer out = {.dst = to, .size = room};
    while (!z->over && out.pos == 0) {
        if (!s->pending.left && !(z->full && z->inside) && !stored_refill(s))
            zstd_end(z, s, z->inside ? "is cut off" : NULL);
        else
            zstd_step(z, s, &out);
    }
    return out.pos;
}

static void zstd_close(struct codec *codec)
{
    struct zstd *z = (struct zstd *)codec;
    ZSTD_freeDStream(z->stream);
    free(z);
}

struct codec *codec_zstd(void)
{
    struct zstd *z = memory_zeroed(sizeof *z);
    z->codec = (struct codec){.decode = zstd_decode, .close = zstd_close};
    z->stream = ZSTD_createDStream();
    if (z->stream) {
        ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
        return &z->codec;
    }
    free(z);
    return NULL;
}
