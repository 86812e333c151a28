/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object: attempts are written as they come, inputs are kept and written last. */
#include "base/arena.h"
#include "report/render/tree.h"

#include <stdlib.h>

struct writer {
    FILE *file;
    struct writer_options options;
    json_t *inputs;
    bool several; /* an attempt stands there already */
};

static void dump(FILE *file, const json_t *value)
{
    tree_dump(file, value, JSON_ENCODE_ANY);
}

/* A list of objects gets a line for each, anything else one line: short enough to be read. */
static void dump_member(FILE *file, const json_t *value)
{
    size_t n = json_array_size(value);
    if (n == 0 || !json_is_object(json_array_get(value, 0))) {
        dump(file, value);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ",\n        " : "[\n        ", file);
        dump(file, json_array_get(value, i));
    }
    fputs("\n      ]", file);
}

/* An attempt or an input, in a list of the outermost object. */
static void dump_element(FILE *file, json_t *element, bool first)
{
    const char *name, *before = "";
    json_t *value;
    fputs(first ? "\n    {" : ",\n    {", file);
    json_object_foreach(element, name, value)
    {
        fprintf(file, "%s\n      \"%s\": ", before, name);
        dump_member(file, value);
        before = ",";
    }
    fputs("\n    }", file);
}

static void write_words(struct writer *w)
{
    json_t *o = json_object();
    tree_add_words(o, &w->options);
    json_t *words = json_object_get(o, "report");
    if (words) {
        fputs("  \"report\": ", w->file);
        dump(w->file, words);
        fputs(",\n", w->file);
    }
    json_decref(o);
}

static struct writer *begin(FILE *file, const struct writer_options *options)
{
    struct writer *w = memory_zeroed(sizeof *w);
    w->file = file;
    w->options = *options;
    w->inputs = json_array();
    fprintf(file, "{\n  \"schema\": \"%s\",\n", RDPATH_SCHEMA);
    fprintf(file, "  \"tool\": {\"name\": \"rdpath\", \"version\": \"%s\"},\n", RDPATH_VERSION);
    write_words(w);
    fputs("  \"attempts\": [", file);
    return w;
}

static void write_attempt(struct writer *w, const struct rdpath_attempt *a)
{
    json_t *o = json_object();
    tree_add_attempt(o, a, &w->options);
    dump_element(w->file, o, !w->several);
    w->several = true;
    json_decref(o);
}

static void keep_input(struct writer *w, const struct rdpath_input *in)
{
    json_t *o = json_object();
    tree_add_input(o, in, w->options.joined);
    json_array_append_new(w->inputs, o);
}

static void end(struct writer *w)
{
    size_t n = json_array_size(w->inputs);
    fprintf(w->file, "%s],\n  \"inputs\": [", w->several ? "\n  " : "");
    for (size_t i = 0; i < n; i++)
        dump_element(w->file, json_array_get(w->inputs, i), i == 0);
    fprintf(w->file, "%s]\n}\n", n ? "\n  " : "");
    json_decref(w->inputs);
    free(w);
}

const struct format format_json = {
    .name = "json",
    .extensions = "json",
    .title = "JSON, one object (rdpath.analysis/1)",
    .begin = begin,
    .attempt = write_attempt,
    .input = keep_input,
    .end = end,
};
