/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "report/render/writer.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_COLUMN = 24 };

static const struct {
    const char *name, *arguments, *does;
} commands[] = {
#define COMMAND(symbol, arguments, does) {#symbol, arguments, does},
#include "cli/commands.def"
#undef COMMAND
};

static const struct {
    char letter;
    const char *name, *argument, *commands, *help;
} options[] = {
#define OPTION(symbol, letter, name, argument, commands, help)                                     \
    {letter, name, argument, commands, help},
#include "cli/options.def"
#undef OPTION
};

static const struct {
    const char *command, *line;
} examples[] = {
    {"analyze", "rdpath analyze attempt.pcapng"},
    {"analyze", "tcpdump -w - port 3389 | rdpath analyze -"},
    {"analyze", "rdpath analyze --format json --port 13389 a.pcap b.pcap.gz"},
    {"report", "rdpath report attempt.pcapng -o ticket.html"},
    {"report", "rdpath report --format markdown attempt.pcapng"},
    {"capture", "rdpath capture --host rds01 -w attempt.pcapng"},
    {"capture", "rdpath capture --list"},
    {"probe", "rdpath probe rds01"},
    {"probe", "rdpath probe --format json -w session.pcapng rds01:3390"},
    {"explain", "rdpath explain pmtu-black-hole"},
    {"explain", "rdpath explain"},
};

void help_version(void)
{
    printf("rdpath %s\n", RDPATH_VERSION);
}

void help_program(void)
{
    puts("rdpath says why a Remote Desktop connection failed, from its packets.\n");
    puts("usage: rdpath COMMAND ...\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        printf("  %-9s %s\n", commands[i].name, commands[i].does);
    puts("\nrdpath COMMAND --help tells more. A first try:\n");
    printf("  %s\n", examples[0].line);
}

const char *help_formats(void)
{
    static char list[256];
    size_t n, at = 0;
    const struct format *const *all = format_all(&n);
    for (size_t i = 0; i < n && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s",
                               i == 0      ? ""
                               : i + 1 < n ? ", "
                                           : " or ",
                               all[i]->name);
    return list;
}

static void print_option(size_t i)
{
    char left[64];
    char letter[8] = "    ";
    if (options[i].letter)
        snprintf(letter, sizeof letter, "-%c, ", options[i].letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, options[i].name,
             options[i].argument ? " " : "", options[i].argument ? options[i].argument : "");
    printf("  %-*s %s\n", OPTION_COLUMN, left, options[i].help);
}

void help_command(const char *command)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, command) == 0)
            printf("usage: rdpath %s %s\n\n%s\n\n", command, commands[i].arguments,
                   commands[i].does);
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strchr(options[i].commands, command[0]))
            print_option(i);
    }
    printf("\nformats: %s\n", command[0] == 'p'   ? "text or json"
                              : command[0] == 'e' ? "text or markdown (all of it, as a page)"
                                                  : help_formats());
    puts("\nexamples:");
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        if (strcmp(examples[i].command, command) == 0)
            printf("  %s\n", examples[i].line);
    }
    if (command[0] == 'p')
        puts("\nexit status: 0 all well, 1 a limit, a fault or undetermined,\n"
             "2 wrong command line, 3 no such host or interface, or no right to probe,\n"
             "4 the target never answered");
    else if (command[0] != 'e')
        puts("\nexit status: 0 all attempts healthy, 1 a fault found, 2 wrong command line,\n"
             "3 a capture could not be read, 4 no RDP attempt in it");
}
