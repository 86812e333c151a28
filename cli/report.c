/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath report: the same analysis as a file to attach to a ticket. */
#include "base/arena.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/run.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const struct format *format;
    const char *name;
} all_files[] = {
    {&format_html, "report.html"},
    {&format_markdown, "report.md"},
    {&format_json, "report.json"},
    {&format_text, "report.txt"},
};

enum { MAIL_COLUMNS = 76 }; /* mail programs break longer lines */

enum { N_ALL_FILES = sizeof all_files / sizeof all_files[0] };

static int report_folder(struct options *o)
{
    struct run_target targets[N_ALL_FILES];
    char *paths[N_ALL_FILES];
    if (!console_make_folder(o->output)) {
        complain("%s: the folder cannot be made; name one whose parent you may write to",
                 o->output);
        return EXIT_INPUT;
    }
    for (size_t i = 0; i < N_ALL_FILES; i++) {
        size_t size = strlen(o->output) + strlen(all_files[i].name) + 1;
        paths[i] = memory_zeroed(size);
        snprintf(paths[i], size, "%s%s", o->output, all_files[i].name);
        targets[i] = (struct run_target){all_files[i].format, paths[i]};
    }
    int status = run_captures(o, targets, N_ALL_FILES);
    for (size_t i = 0; i < N_ALL_FILES; i++)
        free(paths[i]);
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
    if (!format) {
        complain("expected --format html, markdown, text or json, or -o FILE that ends in .html, "
                 ".md, .txt or .json, got %s",
                 o->output ? o->output : "neither");
        return EXIT_USAGE;
    }
    struct run_target target = {format, o->output};
    return run_captures(o, &target, 1);
}
