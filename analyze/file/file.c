/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/file.h"

#include "analyze/file/capture.h"
#include "analyze/file/foreign.h"
#include "analyze/file/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SHOWN_MAX = 200 };

/* An error is one line, whatever the path holds. */
static void error_set(struct rdpath_error *error, const char *path, const char *text)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    snprintf(error->text, sizeof error->text, "%.*s: %s", PATH_SHOWN_MAX, name, text);
    for (char *c = error->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
}

static struct capture_file *file_new(void)
{
    struct capture_file *f = memory_zeroed(sizeof *f);
    f->info.first_ns = f->info.last_ns = f->info.end_ns = RDPATH_UNKNOWN;
    f->info.comments = f->comments;
    f->info.problems = f->problems;
    return f;
}

/* The header's reader, by the first four bytes; false with the reason in text. */
static bool format_begin(struct capture_file *f, char *text, size_t size)
{
    const uint8_t *bytes = input_want(&f->in, 4);
    struct reader r = reader_of(bytes, bytes ? 4 : 0, READER_END);
    uint32_t magic = reader_be32(&r);
    bool known = reader_ok(&r) && (pcap_is(magic) || pcapng_is(magic));
    if (known && (pcap_is(magic) ? pcap_begin(f) : pcapng_begin(f)))
        return true;
    const char *problem = known ? f->problems[f->info.n_problems - 1] : f->in.stored.problem;
    if (problem[0]) {
        snprintf(text, size, "%s", problem);
        return false;
    }
    char found[FOREIGN_TEXT_SIZE];
    foreign_name(&f->in, found);
    snprintf(text, size, "expected a pcap or pcapng capture, %s", found);
    return false;
}

static struct capture_file *file_begin(struct capture_file *f, const char *path, bool hash,
                                       struct rdpath_error *error)
{
    if (hash) {
        f->in.stored.hash = sha256_new();
        if (!f->in.stored.hash)
            notes_problem(f, "Expected libcrypto.so.3 for the SHA-256 of this file, found none; "
                             "install OpenSSL 3.");
    }
    input_begin(&f->in);
    f->info.compression = f->in.compression;
    f->info.bytes = f->in.stored.n_read;
    char text[sizeof error->text];
    if (format_begin(f, text, sizeof text))
        return f;
    error_set(error, path, text);
    file_close(f);
    return NULL;
}

struct capture_file *file_open(const char *path, bool hash, struct rdpath_error *error)
{
    struct source source;
    const char *why = source_open(&source, path);
    if (why) {
        error_set(error, path, why);
        return NULL;
    }
    struct capture_file *f = file_new();
    f->in.stored.source = source;
    f->info.total = source.total;
    return file_begin(f, path, hash, error);
}

struct capture_file *file_open_memory(const void *bytes, size_t len, bool hash,
                                      struct rdpath_error *error)
{
    struct capture_file *f = file_new();
    f->in.stored.in_memory = true;
    f->in.stored.memory = reader_of(bytes, len, READER_END);
    f->info.total = len;
    return file_begin(f, "memory", hash, error);
}

void file_listen(struct capture_file *f, struct file_listener listener)
{
    f->listener = listener;
}

struct capture_file *file_open_stream(const struct rdpath_stream *stream, bool hash,
                                      struct rdpath_error *error)
{
    struct capture_file *f = file_new();
    f->in.stored.stream = *stream;
    return file_begin(f, stream->path, hash, error);
}

static void time_note(struct file_info *info, int64_t ts_ns)
{
    if (ts_ns == RDPATH_UNKNOWN)
        return;
    if (ts_ns > info->last_ns)
        info->last_ns = ts_ns; /* RDPATH_UNKNOWN is less than any time */
    if (ts_ns < info->first_ns || info->first_ns == RDPATH_UNKNOWN)
        info->first_ns = ts_ns;
}

/* Of a file that lost bytes meanwhile, what was read behind its end are zeros: no frame, and not
   damage either. */
static bool frame_read(struct capture_file *f, struct rdpath_frame *frame)
{
    uint32_t n_problems = f->info.n_problems;
    bool read = f->next(f, frame);
    if (!input_lost(&f->in) || (!input_break(&f->in) && read))
        return read;
    f->info.n_problems = n_problems;
    stored_take(&f->in.stored, f->in.mapped, f->in.end, 0);
    return notes_cut(f, "frame", 0);
}

bool file_next(struct capture_file *f, struct rdpath_frame *frame)
{
    f->over = f->over || !frame_read(f, frame);
    f->info.bytes = f->in.stored.n_read;
    if (f->over)
        return false;
    f->info.packets++;
    time_note(&f->info, frame->ts_ns);
    return true;
}

const struct file_info *file_info(const struct capture_file *f)
{
    return &f->info;
}

/* Where damage ended the reading, the rest of the stored bytes is yet to be hashed. */
static void file_drain(struct capture_file *f)
{
    f->over = true;
    input_drain(&f->in);
    f->info.bytes = f->in.stored.n_read;
}

const char *file_sha256(struct capture_file *f)
{
    if (!f->in.stored.hash)
        return f->sha256[0] ? f->sha256 : NULL;
    file_drain(f);
    if (!sha256_finish(f->in.stored.hash, f->sha256))
        f->sha256[0] = '\0';
    sha256_free(f->in.stored.hash);
    f->in.stored.hash = NULL;
    return f->sha256[0] ? f->sha256 : NULL;
}

void file_close(struct capture_file *f)
{
    if (!f)
        return;
    input_close(&f->in);
    arena_free(&f->texts);
    free(f->interfaces);
    free(f->states);
    free(f->names);
    free(f);
}
