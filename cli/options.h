/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one table (options.def) feeds the parser and the help. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/addr.h"
#include "report/render/writer.h"

#include <stdbool.h>
#include <stdint.h>

/* contract 1, "Exit status" */
enum exit_status {
    EXIT_HEALTHY = 0,
    EXIT_FAULT_FOUND = 1,
    EXIT_USAGE = 2,
    EXIT_INPUT = 3,
    EXIT_NO_ATTEMPT = 4,
};

enum { OPTIONS_PORTS_MAX = 64, OPTIONS_ADDRESSES_MAX = 16, OPTIONS_INTERFACES_MAX = 32 };

struct options {
    const struct format *format; /* NULL: not named */
    const char *output;          /* NULL: standard output */
    uint16_t ports[OPTIONS_PORTS_MAX];
    uint32_t n_ports;
    const char *host;
    char addresses[OPTIONS_ADDRESSES_MAX][ADDR_TEXT_SIZE]; /* of the host, as far as known */
    uint32_t n_addresses;
    uint32_t attempt; /* 0 = all */
    enum rdpath_vantage vantage;
    const char *keylog; /* NULL: none */
    bool join, hash, packets, quiet, verbose;
    bool colour_always, colour_never;
    uint32_t timeout, max_packets, max_bytes, rate; /* 0: as usual */
    const char *title, *ticket, *note;
    const char *evidence;   /* NULL: no evidence capture */
    const char *redact_key; /* NULL: a key that nobody knows */
    bool redact;
    const char *interfaces[OPTIONS_INTERFACES_MAX];
    uint32_t n_interfaces;
    const char *write, *run, *report; /* NULL: not named */
    uint64_t max_size;                /* bytes; 0 = no limit */
    uint32_t duration_s, settle_s, ring;
    bool list, all, pktmon;
    unsigned columns;             /* of text; 0 = a terminal's */
    const char *const *arguments; /* what is no option, NULL at its end */
    uint32_t n_arguments;
    bool done;  /* help or version was asked for and told */
    int status; /* EXIT_USAGE where something was wrong and told, else EXIT_HEALTHY */
};

/* Reads argv behind the command's name. command: its first letter, as in options.def. */
struct options options_parse(const char *command, int argc, char **argv);

/* Prints a line "rdpath: ..." to standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
