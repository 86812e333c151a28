/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line would read and write. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "cli/options.h"

/* False and a complaint where what is to be read would be written over. */
bool files_are_apart(const struct options *);

#endif
