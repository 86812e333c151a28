/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool console_is_terminal(FILE *file)
{
    return isatty(fileno(file)) == 1;
}

FILE *console_create(const char *path)
{
    return fopen(path, "wb");
}

FILE *console_create_new(const char *path)
{
    return fopen(path, "wbx");
}

void console_remove(const char *path)
{
    remove(path);
}

bool console_replace(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

char *console_link_target(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0 && S_ISLNK(s.st_mode) ? realpath(path, NULL) : NULL;
}

bool console_identify(const char *path, struct console_identity *identity)
{
    struct stat s;
    if (stat(path, &s) != 0)
        return false;
    *identity = (struct console_identity){s.st_dev, s.st_ino};
    return true;
}

bool console_same_name(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool console_is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

bool console_is_device(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
}

bool console_read_address(const char *text, char address[ADDR_TEXT_SIZE])
{
    struct addr a = {0};
    if (inet_pton(AF_INET, text, a.bytes) == 1)
        a.version = 4;
    else if (inet_pton(AF_INET6, text, a.bytes) == 1)
        a.version = 6;
    if (a.version)
        addr_format(&a, address);
    return a.version != 0;
}

bool console_make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}
