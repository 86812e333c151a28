/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "base/arena.h"
#include "capture/probe_target.h"
#include "cli/console.h"
#include "cli/help.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("rdpath: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

/* ---- one small function for each option: false = the value is wrong -------------------------- */

static bool number_of(const char *text, uint32_t most, uint32_t *n)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    unsigned long value = strtoul(text, &end, 10);
    *n = (uint32_t)value;
    return *end == '\0' && value >= 1 && value <= most;
}

static const char *set_format(struct options *o, const char *value)
{
    o->format = format_by_name(value);
    return o->format ? NULL : help_formats();
}

static const char *set_output(struct options *o, const char *value)
{
    o->output = value;
    return *value ? NULL : "a file name";
}

static const char *set_port(struct options *o, const char *value)
{
    uint32_t port;
    if (!number_of(value, UINT16_MAX, &port))
        return "a port number from 1 to 65535";
    if (o->n_ports == OPTIONS_PORTS_MAX)
        return "at most 64 ports";
    o->ports[o->n_ports++] = (uint16_t)port;
    return NULL;
}

/* "rds01:3390", "[::1]:3390": NULL where it is the host alone. */
static const char *without_port(const char *host)
{
    static char expected[400];
    struct probe_target target = {.port = 0};
    if (!target_parse(&target, host))
        return "the address or the name of a host";
    if (strcmp(target.host, host) == 0)
        return NULL;
    int n = snprintf(expected, sizeof expected, "the host alone: --host %s", target.host);
    if (strrchr(host, ':') > strrchr(host, ']'))
        snprintf(expected + n, sizeof expected - (size_t)n, " --port %u", target.port);
    return expected;
}

static const char *set_host(struct options *o, const char *value)
{
    o->host = value;
    o->n_addresses = console_read_address(value, o->addresses[0]);
    return o->n_addresses ? NULL : without_port(value);
}

static const char *set_attempt(struct options *o, const char *value)
{
    return number_of(value, UINT32_MAX, &o->attempt) ? NULL : "the number of an attempt, from 1";
}

static const char *set_vantage(struct options *o, const char *value)
{
    static const char *const names[] = {"auto", "client", "server", "middle"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(value, names[i]) == 0) {
            o->vantage = (enum rdpath_vantage)i;
            return NULL;
        }
    }
    return "client, server, middle or auto";
}

static const char *set_keylog(struct options *o, const char *value)
{
    o->keylog = value;
    return *value ? NULL : "a file name";
}

static const char *set_color(struct options *o, const char *value)
{
    o->colour_always = strcmp(value, "always") == 0;
    o->colour_never = strcmp(value, "never") == 0;
    bool known = o->colour_always || o->colour_never || strcmp(value, "auto") == 0;
    return known ? NULL : "auto, always or never";
}

static const char *set_interface(struct options *o, const char *value)
{
    if (o->n_interfaces == OPTIONS_INTERFACES_MAX)
        return "at most 32 interfaces";
    o->interfaces[o->n_interfaces++] = value;
    return *value ? NULL : "the name of an interface";
}

static const char *set_write(struct options *o, const char *value)
{
    o->write = value;
    return *value ? NULL : "a file name";
}

static const char *set_duration(struct options *o, const char *value)
{
    return number_of(value, 86400 * 7, &o->duration_s) ? NULL : "seconds, from 1 to 604800";
}

static const char *set_settle(struct options *o, const char *value)
{
    return number_of(value, 86400, &o->settle_s) ? NULL : "seconds, from 1 to 86400";
}

static const char *set_ring(struct options *o, const char *value)
{
    return number_of(value, 64, &o->ring) && o->ring > 1 ? NULL : "a number of files, from 2 to 64";
}

/* 500k, 100M, 2G; a number alone is bytes. */
static const char *set_max_size(struct options *o, const char *value)
{
    static const char units[] = "kMG";
    char *end;
    bool digits = *value >= '0' && *value <= '9';
    uint64_t size = strtoull(value, &end, 10);
    const char *unit = digits && *end ? strchr(units, *end) : NULL;
    bool fits = true;
    for (const char *u = units; unit && u <= unit; u++) {
        fits = fits && size <= UINT64_MAX / 1024;
        size *= 1024;
    }
    o->max_size = size;
    bool right = digits && fits && strlen(value) < 16 && end[unit ? 1 : 0] == '\0' && size >= 65536;
    return right ? NULL : "a size of at least 64k: 500k, 100M, 2G";
}

#define WORDS(name)                                                                                \
    static const char *set_##name(struct options *o, const char *value)                            \
    {                                                                                              \
        o->name = value;                                                                           \
        return NULL;                                                                               \
    }
WORDS(title)
WORDS(ticket)
WORDS(note)
WORDS(report)

static const char *set_run(struct options *o, const char *value)
{
    o->run = value;
    return value[strspn(value, " \t\r\n")] ? NULL : "the command that starts the client";
}

static const char *set_timeout(struct options *o, const char *value)
{
    return number_of(value, 3600, &o->timeout) ? NULL : "seconds, from 1 to 3600";
}

static const char *set_max_packets(struct options *o, const char *value)
{
    return number_of(value, 10000, &o->max_packets) ? NULL : "a number from 1 to 10000";
}

static const char *set_max_bytes(struct options *o, const char *value)
{
    return number_of(value, 100000000, &o->max_bytes) ? NULL : "a number from 1 to 100000000";
}

static const char *set_rate(struct options *o, const char *value)
{
    return number_of(value, 10000, &o->rate) ? NULL : "packets a second, from 1 to 10000";
}

static const char *set_evidence(struct options *o, const char *value)
{
    o->evidence = value;
    return *value ? NULL : "a file name";
}

static const char *set_redact_key(struct options *o, const char *value)
{
    o->redact = true;
    o->redact_key = value;
    return *value ? NULL : "a file name";
}

#define FLAG(name, member)                                                                         \
    static const char *set_##name(struct options *o, const char *value)                            \
    {                                                                                              \
        (void)value;                                                                               \
        o->member = true;                                                                          \
        return NULL;                                                                               \
    }
FLAG(join, join)
FLAG(redact, redact)
FLAG(hash, hash)
FLAG(packets, packets)
FLAG(list, list)
FLAG(all, all)
FLAG(pktmon, pktmon)
FLAG(quiet, quiet)
FLAG(verbose, verbose)
FLAG(help, done)
FLAG(version, done)

static const struct row {
    char letter;
    const char *name, *argument, *commands;
    const char *(*set)(struct options *, const char *value); /* NULL, or what was expected */
} rows[] = {
#define OPTION(symbol, letter, name, argument, commands, help)                                     \
    {letter, name, argument, commands, set_##symbol},
#include "cli/options.def"
#undef OPTION
};

/* ---- the parser ------------------------------------------------------------------------------ */

struct parse {
    struct options o;
    const char *command;
    char **argv;
    int argc, at;
};

static const struct row *row_of(const char *command, const char *name, size_t len, char letter)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool named = name && strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0;
        bool lettered = letter && rows[i].letter == letter;
        if ((named || lettered) && strchr(rows[i].commands, command[0]))
            return &rows[i];
    }
    return NULL;
}

static void wrong(struct parse *p, const char *option, const char *expected, const char *given)
{
    complain("%s: expected %s, got %s%s%s", option, expected, given ? "\"" : "nothing",
             given ? given : "", given ? "\"" : "");
    p->o.status = EXIT_USAGE;
}

static void apply(struct parse *p, const struct row *row, const char *option, const char *value)
{
    if (row->argument && !value && p->at < p->argc)
        value = p->argv[p->at++];
    if (row->argument && !value) {
        wrong(p, option, row->argument, NULL);
        return;
    }
    if (!row->argument && value) {
        wrong(p, option, "no value", value);
        return;
    }
    const char *expected = row->set(&p->o, value);
    if (expected)
        wrong(p, option, expected, value);
    if (strcmp(row->name, "help") == 0)
        help_command(p->command);
    if (strcmp(row->name, "version") == 0)
        help_version();
}

static void take_option(struct parse *p, const char *word)
{
    bool is_long = word[1] == '-';
    const char *name = word + 2, *equals = is_long ? strchr(word, '=') : NULL;
    size_t len = equals ? (size_t)(equals - name) : strlen(word) >= 2 ? strlen(name) : 0;
    const struct row *row =
        is_long ? row_of(p->command, name, len, 0) : row_of(p->command, NULL, 0, word[1]);
    const char *value = equals ? equals + 1 : !is_long && word[2] ? word + 2 : NULL;
    if (row)
        apply(p, row, word, value);
    else {
        complain("%s: expected an option of \"rdpath %s\", see rdpath %s --help", word, p->command,
                 p->command);
        p->o.status = EXIT_USAGE;
    }
}

struct options options_parse(const char *command, int argc, char **argv)
{
    struct parse p = {.command = command, .argv = argv, .argc = argc};
    const char **arguments = memory_zeroed(((size_t)argc + 1) * sizeof *arguments);
    bool only_arguments = false;
    while (p.at < argc && p.o.status == EXIT_HEALTHY && !p.o.done) {
        char *word = argv[p.at++];
        if (!only_arguments && strcmp(word, "--") == 0)
            only_arguments = true;
        else if (!only_arguments && word[0] == '-' && word[1])
            take_option(&p, word);
        else
            arguments[p.o.n_arguments++] = word;
    }
    p.o.arguments = arguments;
    return p.o;
}
