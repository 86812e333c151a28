/* SPDX-License-Identifier: Apache-2.0 */
/* Stored bytes -> content, one file a compression. A new one is one file and one row in input.c. */
#ifndef ANALYZE_FILE_CODEC_H
#define ANALYZE_FILE_CODEC_H

#include "analyze/file/stored.h"

#include <stddef.h>
#include <stdint.h>

struct codec {
    /* At least one byte to `to`; 0 at the end, or where it breaks: then the stored problem says. */
    size_t (*decode)(struct codec *, struct stored *, uint8_t *to, size_t room);
    void (*close)(struct codec *);
};

struct codec *codec_gzip(void);
struct codec *codec_zstd(void);

#endif
