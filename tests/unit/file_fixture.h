/* SPDX-License-Identifier: Apache-2.0 */
/* Opening made captures, and asserting about their frames. */
#ifndef TESTS_UNIT_FILE_FIXTURE_H
#define TESTS_UNIT_FILE_FIXTURE_H

#include "analyze/file/file.h"
#include "capture_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

static inline struct capture_file *opened(const struct made *m)
{
    struct rdpath_error error = {""};
    struct capture_file *f = file_open_memory(m->bytes, m->len, false, &error);
    if (!f)
        fail_msg("%s", error.text);
    return f;
}

/* The error of bytes that must not open. */
static inline const char *refused(const void *bytes, size_t len)
{
    static struct rdpath_error error;
    assert_null(file_open_memory(bytes, len, false, &error));
    assert_null(strchr(error.text, '\n'));
    return error.text;
}

static inline void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
}

static inline void assert_frame(const struct rdpath_frame *frame, uint8_t seed, uint32_t len)
{
    assert_int_equal(frame->captured_len, len);
    for (uint32_t i = 0; i < len; i++)
        assert_int_equal(frame->bytes[i], (uint8_t)(seed + i));
}

static inline void gzip_append(struct made *to, const uint8_t *bytes, size_t len)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)len};
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, (uLong)len);
    uint8_t *out = malloc(room);
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    put(to, out, room - z.avail_out);
    deflateEnd(&z);
    free(out);
}

static inline void zstd_append(struct made *to, const uint8_t *bytes, size_t len)
{
    size_t room = ZSTD_compressBound(len);
    uint8_t *out = malloc(room);
    put(to, out, ZSTD_compress(out, room, bytes, len, 1));
    free(out);
}

#endif
