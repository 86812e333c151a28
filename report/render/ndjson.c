/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line: each attempt as it ends, each input at its end. */
#include "base/arena.h"
#include "report/render/tree.h"
#include "report/render/words.h"

#include <stdlib.h>

struct writer {
    FILE *file;
    struct writer_options options;
};

static json_t *line_of(const char *type)
{
    json_t *line = json_object();
    json_object_set_new(line, "type", json_string(type));
    json_object_set_new(line, "schema", json_string(RDPATH_SCHEMA));
    return line;
}

/* Flushed at once: whoever reads the lines may be waiting for this one. */
static void write_line(struct writer *w, json_t *line)
{
    tree_dump(w->file, line, JSON_COMPACT);
    fputc('\n', w->file);
    fflush(w->file);
    json_decref(line);
}

/* A report's own words, where it has some, come first. */
static struct writer *begin(FILE *file, const struct writer_options *options)
{
    struct writer *w = memory_zeroed(sizeof *w);
    w->file = file;
    w->options = *options;
    if (options->title || options->ticket || options->note) {
        json_t *line = line_of("report");
        tree_add_words(line, options);
        write_line(w, line);
    }
    return w;
}

/* The attempt's own member "path" is the network path, so the file stands in "input_path". */
static void write_attempt(struct writer *w, const struct rdpath_attempt *a)
{
    json_t *line = line_of("attempt");
    json_object_set_new(line, "input_path", value_string(a->input_path));
    tree_add_attempt(line, a, &w->options);
    write_line(w, line);
}

static void write_input(struct writer *w, const struct rdpath_input *in)
{
    json_t *line = line_of("input");
    tree_add_input(line, in, w->options.joined);
    write_line(w, line);
}

static void end(struct writer *w)
{
    free(w);
}

const struct format format_ndjson = {
    .name = "ndjson",
    .extensions = "ndjson jsonl",
    .title = "JSON, one object a line",
    .begin = begin,
    .attempt = write_attempt,
    .input = write_input,
    .end = end,
};

/* ---- the overview of a folder: what an index needs, and where the rest stands ---------------- */

static void write_overview(struct writer *w, const struct rdpath_attempt *a)
{
    struct arena arena = {0};
    json_t *whole = json_object(), *line = line_of("overview");
    static const char *const members[] = {"id",    "input",   "client", "server",
                                          "start", "outcome", "stage",  "cause"};
    tree_add_attempt(whole, a, &w->options);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_object_set(line, members[i], json_object_get(whole, members[i]));
    json_object_set_new(line, "file", json_string(words_file(&arena, a)));
    write_line(w, line);
    json_decref(whole);
    arena_free(&arena);
}

const struct format folder_overview = {
    .name = "overview",
    .extensions = "",
    .title = "a line of JSON for each attempt of a folder",
    .begin = begin,
    .attempt = write_overview,
    .input = write_input,
    .end = end,
};
