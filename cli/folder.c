/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/folder.h"

#include "base/arena.h"
#include "cli/output.h"
#include "report/render/words.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const struct format *format;
    const char *ending;
} kinds[] = {
    {&format_html, "html"},
    {&format_markdown, "md"},
    {&format_json, "json"},
    {&format_text, "txt"},
};

enum {
    N_KINDS = sizeof kinds / sizeof kinds[0],
    OPEN_MAX = 24, /* attempts whose files wait for what is said of their capture at its end */
};

/* One file of an attempt that is being written. */
struct page {
    struct output output;
    struct writer *writer;
    char *path;
};

struct writer {
    struct writer_options options;
    struct writer *index;
    struct page open[OPEN_MAX][N_KINDS];
    uint32_t first, n_open; /* a ring: the oldest is finished when there is no room */
};

static struct writer *begin(FILE *file, const struct writer_options *options)
{
    struct writer *w = memory_zeroed(sizeof *w);
    w->options = *options;
    w->index = folder_index.begin(file, options);
    return w;
}

static void page_begin(struct writer *w, struct page *page, size_t kind, const char *name)
{
    size_t size = strlen(w->options.folder) + strlen(name) + sizeof ".html";
    page->path = memory_zeroed(size);
    snprintf(page->path, size, "%s%s.%s", w->options.folder, name, kinds[kind].ending);
    page->writer = NULL;
    if (output_open(&page->output, page->path))
        page->writer = kinds[kind].format->begin(page->output.file, &w->options);
    else
        *w->options.failed = true;
}

/* Where one could not be written (the disk is full), it is said once, and no more are tried. */
static void page_end(struct writer *w, struct page *page, size_t kind)
{
    if (page->writer) {
        kinds[kind].format->end(page->writer);
        if (*w->options.failed)
            output_discard(&page->output);
        else
            *w->options.failed = !output_commit(&page->output);
    }
    free(page->path);
    page->path = NULL;
}

static void finish_oldest(struct writer *w)
{
    struct page *pages = w->open[w->first];
    for (size_t i = 0; i < N_KINDS; i++)
        page_end(w, &pages[i], i);
    w->first = (w->first + 1) % OPEN_MAX;
    w->n_open--;
}

static void write_attempt(struct writer *w, const struct rdpath_attempt *a)
{
    struct arena arena = {0};
    folder_index.attempt(w->index, a);
    if (w->n_open == OPEN_MAX)
        finish_oldest(w);
    if (*w->options.failed) {
        arena_free(&arena);
        return;
    }
    struct page *pages = w->open[(w->first + w->n_open++) % OPEN_MAX];
    for (size_t i = 0; i < N_KINDS; i++) {
        page_begin(w, &pages[i], i, words_file(&arena, a));
        if (pages[i].writer)
            kinds[i].format->attempt(pages[i].writer, a);
    }
    arena_free(&arena);
}

/* Of captures that are read as one the next is told right after it. */
static void write_input(struct writer *w, const struct rdpath_input *in)
{
    folder_index.input(w->index, in);
    for (uint32_t n = 0; n < w->n_open; n++) {
        struct page *pages = w->open[(w->first + n) % OPEN_MAX];
        for (size_t i = 0; i < N_KINDS; i++)
            if (pages[i].writer)
                kinds[i].format->input(pages[i].writer, in);
    }
    while (w->n_open && !w->options.joined)
        finish_oldest(w);
}

static void end(struct writer *w)
{
    while (w->n_open)
        finish_oldest(w);
    folder_index.end(w->index);
    free(w);
}

const struct format format_folder = {
    .name = "folder",
    .extensions = "",
    .title = "a folder of reports",
    .needs_packets = true,
    .begin = begin,
    .attempt = write_attempt,
    .input = write_input,
    .end = end,
};
