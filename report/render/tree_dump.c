/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON escapes the control characters below the space alone (RFC 8259 section 7). The others, and
 * marks that turn or hide text, are text to it, and commands to some terminals: a name from the
 * wire could hold them.
 */
#include "base/text.h"
#include "report/render/tree.h"

/* As UTF-16, in which JSON escapes. */
static int dump_escaped(FILE *file, uint32_t code)
{
    unsigned high = 0xd800 + ((code - 0x10000) >> 10), low = 0xdc00 + (code & 0x3ff);
    if (code < 0x10000)
        return fprintf(file, "\\u%04x", (unsigned)code);
    return fprintf(file, "\\u%04x\\u%04x", high, low);
}

static int dump_piece(const char *bytes, size_t len, void *file)
{
    struct reader r = reader_of(bytes, len, READER_END);
    size_t from = 0;
    bool wrong = false;
    while (r.left) {
        size_t plain = text_plain_len((const char *)r.at, r.left), at = len - r.left + plain;
        bool valid;
        reader_skip(&r, plain);
        uint32_t code = r.left ? text_next(&r, &valid) : 0;
        if (code < 0x7f || !text_is_control(code)) /* the format's own lines end in \n */
            continue;
        wrong |= fwrite(bytes + from, 1, at - from, file) != at - from;
        wrong |= dump_escaped(file, code) < 0;
        from = len - r.left;
    }
    return wrong || fwrite(bytes + from, 1, len - from, file) != len - from ? -1 : 0;
}

void tree_add_words(json_t *o, const struct writer_options *options)
{
    if (!options->title && !options->ticket && !options->note)
        return;
    json_t *words = json_object();
    json_object_set_new(words, "title", value_string(options->title));
    json_object_set_new(words, "ticket", value_string(options->ticket));
    json_object_set_new(words, "note", value_string(options->note));
    json_object_set_new(o, "report", words);
}

void tree_dump(FILE *file, const json_t *tree, size_t more_flags)
{
    json_dump_callback(tree, dump_piece, file, TREE_FLAGS | more_flags);
}
