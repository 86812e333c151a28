/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of a capture file, whatever it is stored in: a window that slides over the bytes.
 * input_want() makes sure that the next n bytes are in the window, one after the other.
 *
 * A large plain file is mapped (mapped.h). A pipe, a compressed and a small file are read into a
 * window of 256 KiB: large enough that the calls cost nothing, small enough to stay in the
 * processor's cache between the kernel's copy and the decoders; only what is left of a frame at
 * the window's end is copied again.
 */
#ifndef ANALYZE_FILE_INPUT_H
#define ANALYZE_FILE_INPUT_H

#include "analyze/file/scout.h"
#include "analyze/file/stored.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INPUT_WINDOW = 256 * 1024 };

struct codec;

struct input {
    struct stored stored;
    struct codec *codec;     /* NULL = stored plain */
    const char *compression; /* NULL = stored plain */
    struct scout scout;      /* set by the format's reader */
    struct mapped *mapped;   /* a large plain file; NULL = read */
    const uint8_t *window;   /* own, or the mapped one */
    uint8_t *own;
    size_t size;      /* of own */
    size_t at, end;   /* the bytes window[at] to window[end - 1] are there and yet to be used */
    uint64_t content; /* where window[0] is in the content; wraps below 0 */
    bool ended;       /* nothing follows */
};

/* stored.source or stored.memory is set. Looks for compression. */
void input_begin(struct input *);

/* Slides the window until n bytes are there, grows it if need be; false where the content ends. */
bool input_slide(struct input *, size_t n);

/* Reads the rest of the stored bytes, for their hash alone. */
void input_drain(struct input *);

void input_close(struct input *);

/* Was something in the window already that the file does not have any more? */
static inline bool input_lost(const struct input *in)
{
    return in->mapped && in->mapped->kept < in->end;
}

/* Then the content ends with what was kept. Is it before the present place? */
bool input_break(struct input *);

/* The next n bytes, valid until the next input_want(); NULL where the content ends before. */
static inline const uint8_t *input_want(struct input *in, size_t n)
{
    if (in->end - in->at < n && !input_slide(in, n))
        return NULL;
    return in->window + in->at;
}

static inline void input_skip(struct input *in, size_t n)
{
    in->at += n;
}

static inline size_t input_left(const struct input *in)
{
    return in->end - in->at;
}

static inline uint64_t input_offset(const struct input *in)
{
    return in->content + in->at;
}

#endif
