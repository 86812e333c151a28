/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of any capture, with names and without: what is made can be read. Input: a file, whose
   length chooses how. */
#include "tests/fuzz/fuzz.h"

#include "analyze/file/file.h"
#include "report/excerpt/excerpt.h"

#include <stdlib.h>
#include <unistd.h>

enum { PATH_SIZE = 32 };

static void on_attempt(void *ctx, const struct rdpath_attempt *a)
{
    wanted_add(ctx, a);
}

/* A file without a name, and how to open it again. */
static FILE *file_make(char path[PATH_SIZE])
{
    FILE *file = tmpfile();
    if (!file)
        abort();
    snprintf(path, PATH_SIZE, "/dev/fd/%d", fileno(file));
    return file;
}

static void check(const char *path, uint32_t n_frames)
{
    struct rdpath_error error;
    struct rdpath_frame frame;
    struct capture_file *file = file_open(path, false, &error);
    uint32_t n = 0;
    if (!file)
        abort();
    while (file_next(file, &frame))
        n++;
    if (n != n_frames || file_info(file)->n_problems)
        abort();
    file_close(file);
}

static void make(struct excerpt *e)
{
    char to[PATH_SIZE];
    struct rdpath_error error;
    e->to = file_make(to);
    if (excerpt_write(e, &error))
        check(to, e->n_frames);
    free(e->frames);
    fclose(e->to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake *fake;
    char path[PATH_SIZE];
    struct rdpath_error error;
    struct wanted_list wanted = {0};
    const struct rdpath_events events = {.ctx = &wanted, .attempt = on_attempt};
    FILE *input = file_make(path);
    if (!fake)
        fake = fake_new("a key for nobody", 16);
    fwrite(data, 1, size, input);
    fflush(input);
    struct rdpath *analysis = rdpath_new(&(struct rdpath_options){0}, &events);
    const char *paths[] = {path};
    struct excerpt e = {.wanted = &wanted,
                        .paths = paths,
                        .n_paths = 1,
                        .fake = size % 4 ? fake : NULL,
                        .cut = (enum excerpt_cut)(size % 3)};
    if (rdpath_read(analysis, path, &error) && wanted.n)
        make(&e);
    rdpath_free(analysis);
    wanted_free(&wanted);
    fclose(input);
    return 0;
}
