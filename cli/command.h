/* SPDX-License-Identifier: Apache-2.0 */
/* The commands as commands.def lists them. Each returns the exit status. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"

#define COMMAND(symbol, arguments, does) int command_##symbol(struct options *);
#include "cli/commands.def"
#undef COMMAND

/* The program behind the system's entry (entry_posix.c, entry_windows.c): arguments in UTF-8. */
int program_run(int argc, char **argv);

#endif
