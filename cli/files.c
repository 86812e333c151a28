/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/files.h"

#include "cli/output.h"

struct named_file {
    const char *option, *path;
};

static bool is_apart(const struct named_file *written, const char *read)
{
    if (!output_is_same(written->path, read))
        return true;
    complain("%s: expected a file that may be written over, got %s, which is to be read; name "
             "another",
             written->option, written->path);
    return false;
}

bool files_are_apart(const struct options *o)
{
    const struct named_file written[] = {{"-o", o->output},
                                         {"--evidence", o->evidence},
                                         {"-w", o->write},
                                         {"--report", o->report}};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        const struct named_file *w = &written[i];
        for (uint32_t n = 0; n < o->n_arguments; n++) {
            if (!is_apart(w, o->arguments[n]))
                return false;
        }
        if (!is_apart(w, o->keylog) || !is_apart(w, o->redact_key))
            return false;
    }
    return true;
}
