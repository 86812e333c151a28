/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath report: the same analysis as a file to attach to a ticket. */
#include "base/arena.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/evidence.h"
#include "cli/folder.h"

#include <stdlib.h>
#include <string.h>

enum { MAIL_COLUMNS = 76 }; /* mail programs break longer lines */

static char *path_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 1;
    char *path = memory_zeroed(size);
    snprintf(path, size, "%s%s", folder, name);
    return path;
}

/* Of several captures apart there is no one evidence. */
static bool has_evidence(const struct options *o)
{
    return o->n_arguments == 1 || o->join || o->attempt;
}

static int report_folder(struct options *o)
{
    if (!console_make_folder(o->output)) {
        complain("%s: the folder cannot be made; name one whose parent you may write to",
                 o->output);
        return EXIT_INPUT;
    }
    char *index = path_in(o->output, "index.html");
    char *overview = path_in(o->output, "overview.ndjson");
    if (has_evidence(o) && !o->evidence)
        o->evidence = o->output;
    const struct run_target targets[] = {{&format_folder, index}, {&folder_overview, overview}};
    int status = evidence_report(o, targets, 2);
    free(index);
    free(overview);
    return status;
}

int command_report(struct options *o)
{
    o->hash = true; /* contract: reports always tell the SHA-256 */
    o->columns = MAIL_COLUMNS;
    if (o->n_arguments == 0) {
        complain("expected a capture to read (- for standard input), see rdpath report --help");
        return EXIT_USAGE;
    }
    if (output_is_same(o->output, o->evidence) && !output_is_folder(o->output)) {
        complain("expected a file of its own for the report (-o) and the evidence (--evidence)");
        return EXIT_USAGE;
    }
    if (o->output && output_is_folder(o->output) && !o->format)
        return report_folder(o);
    if (o->output && output_is_folder(o->output)) {
        complain("-o: expected a file with --format, got the folder \"%s\": it takes all formats",
                 o->output);
        return EXIT_USAGE;
    }
    const struct format *format = o->format;
    if (!format && o->output)
        format = format_by_file(o->output);
    if (!format && !o->output && o->evidence)
        return evidence_report(o, NULL, 0); /* the evidence alone */
    if (!format) {
        complain("expected --format html, markdown, text or json, or -o FILE that ends in .html, "
                 ".md, .txt or .json, got %s",
                 o->output ? o->output : "neither");
        return EXIT_USAGE;
    }
    struct run_target target = {format, o->output};
    return evidence_report(o, &target, 1);
}
