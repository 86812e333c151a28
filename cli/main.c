/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "cli/files.h"
#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(struct options *);
} commands[] = {
#define COMMAND(symbol, arguments, does) {#symbol, command_##symbol},
#include "cli/commands.def"
#undef COMMAND
};

static int run_command(size_t i, int argc, char **argv)
{
    struct options o = options_parse(commands[i].name, argc, argv);
    int status = o.status;
    if (status == EXIT_HEALTHY && !o.done)
        status = files_are_apart(&o) ? commands[i].run(&o) : EXIT_USAGE;
    free((void *)o.arguments);
    return status;
}

static bool is_word(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int program_run(int argc, char **argv)
{
    if (argc < 2 || is_word(argv[1], "-h", "--help")) {
        help_program();
        return argc < 2 ? EXIT_USAGE : EXIT_HEALTHY;
    }
    if (is_word(argv[1], "--version", "-V")) {
        help_version();
        return EXIT_HEALTHY;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(i, argc - 2, argv + 2);
    }
    complain(
        "expected a command (analyze, capture, report, probe, explain), got \"%s\": see rdpath "
        "--help",
        argv[1]);
    return EXIT_USAGE;
}
