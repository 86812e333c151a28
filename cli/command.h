/* SPDX-License-Identifier: Apache-2.0 */
/* The commands as commands.def lists them. Each returns the exit status. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"

#define COMMAND(symbol, arguments, does) int command_##symbol(struct options *);
#include "cli/commands.def"
#undef COMMAND

#endif
