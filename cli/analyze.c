/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath analyze: saved captures in, answers out. */
#include "cli/command.h"
#include "cli/run.h"

int command_analyze(struct options *o)
{
    if (o->n_arguments == 0) {
        complain("expected a capture to read (- for standard input), see rdpath analyze --help");
        return EXIT_USAGE;
    }
    if (o->output && output_is_folder(o->output)) {
        complain("-o: expected a file, got the folder \"%s\": rdpath report writes folders",
                 o->output);
        return EXIT_USAGE;
    }
    struct run_target target = {o->format ? o->format : &format_text, o->output};
    return run_captures(o, &target, 1);
}
