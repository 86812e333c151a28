/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

bool console_is_terminal(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

bool console_replace(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

bool console_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}
