/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts, made from options.def and commands.def. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

void help_program(void);
void help_command(const char *command);
void help_version(void);

/* "text, json, ... or html", from formats.def; one text, overwritten by the next call. */
const char *help_formats(void);

#endif
