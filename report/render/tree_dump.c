/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON escapes the control characters below the space alone (RFC 8259 section 7). DEL and the C1
 * controls of ISO 6429, U+0080 to U+009F, are text to it, and commands to some terminals: a name
 * from the wire could hold them.
 */
#include "report/render/tree.h"

static int dump_piece(const char *bytes, size_t len, void *file)
{
    size_t from = 0, wrong = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool c1 = c == 0xc2 && i + 1 < len && (unsigned char)bytes[i + 1] < 0xa0;
        if (c != 0x7f && !c1)
            continue;
        wrong += fwrite(bytes + from, 1, i - from, file) != i - from;
        i += c1;
        wrong += fprintf(file, "\\u%04x", (unsigned)(unsigned char)bytes[i]) < 0;
        from = i + 1;
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
