/* SPDX-License-Identifier: Apache-2.0 */
/* A script of tests/probe/windows/: what Windows' calls return, and what follows from the path. */
#ifndef TESTS_UNIT_WINDOWS_SCRIPT_H
#define TESTS_UNIT_WINDOWS_SCRIPT_H

#include "base/addr.h"

#include <stdio.h>
#include <string.h>

enum { RULES_MAX = 4, FINDINGS_MAX = 4, WORD_SIZE = 40, LINE_SIZE = 200 };

enum rule_kind { RULE_ECHO, RULE_UDP, RULE_SEGMENT, RULE_BACK, RULE_KINDS };

/* What becomes of packets of these sizes. */
struct rule {
    uint32_t least, most;
    char result[WORD_SIZE], from[WORD_SIZE];
    uint32_t mtu;
};

struct script {
    struct rule rules[RULE_KINDS][RULES_MAX];
    uint32_t n_rules[RULE_KINDS];
    uint32_t adapter, server, mss, flight, lose;
    bool six, limits, refused, silent;
    /* expected */
    uint32_t at_least[2], below[2]; /* by enum rdpath_direction */
    uint32_t holds[2];              /* the bracket need not be exact; 0: it has to be */
    char findings[FINDINGS_MAX][WORD_SIZE];
    uint32_t n_findings, mtu;
    char error[WORD_SIZE], why[LINE_SIZE];
};

static inline void script_rule(struct script *s, enum rule_kind kind, const char *words)
{
    struct rule *r = &s->rules[kind][s->n_rules[kind]++];
    sscanf(words, "%u..%u %39s %39s IP_MTU %u", &r->least, &r->most, r->result, r->from, &r->mtu);
}

static inline bool script_expect(struct script *s, const char *words)
{
    if (sscanf(words, "to-server %u %u", &s->at_least[0], &s->below[0]) == 2 ||
        sscanf(words, "to-client %u %u", &s->at_least[1], &s->below[1]) == 2 ||
        sscanf(words, "to-server holds %u", &s->holds[0]) == 1 ||
        sscanf(words, "to-client holds %u", &s->holds[1]) == 1 ||
        sscanf(words, "error %39s", s->error) == 1 || sscanf(words, "mtu %u", &s->mtu) == 1 ||
        sscanf(words, "why %199[^\n]", s->why) == 1)
        return true;
    return sscanf(words, "finding %39s", s->findings[s->n_findings++]) == 1;
}

/* False: a line that is none of these. */
static inline bool script_line(struct script *s, const char *line)
{
    static const char *const kinds[RULE_KINDS] = {"echo ", "udp ", "segment ", "back "};
    char word[WORD_SIZE] = "";
    if (strchr("#\r\n", *line))
        return true;
    for (int kind = 0; kind < RULE_KINDS; kind++) {
        size_t len = strlen(kinds[kind]);
        if (strncmp(line, kinds[kind], len) == 0) {
            script_rule(s, (enum rule_kind)kind, line + len);
            return true;
        }
    }
    if (sscanf(line, "adapter %u %39s", &s->adapter, word) >= 1) {
        s->six = strcmp(word, "ipv6") == 0;
        return true;
    }
    if (sscanf(line, "connect %39s", word) == 1) {
        s->refused = strcmp(word, "WSAECONNREFUSED") == 0;
        s->silent = strcmp(word, "none") == 0;
        return s->refused || s->silent;
    }
    if (sscanf(line, "IP_USER_MTU %39s", word) == 1)
        return s->limits = true;
    return sscanf(line, "SIO_TCP_INFO %u", &s->mss) == 1 ||
           sscanf(line, "server %u", &s->server) == 1 ||
           sscanf(line, "flight %u", &s->flight) == 1 || sscanf(line, "lose %u", &s->lose) == 1 ||
           (strncmp(line, "expect ", 7) == 0 && script_expect(s, line + 7));
}

/* NULL: sizes that no line names. */
static inline const struct rule *script_of(const struct script *s, enum rule_kind kind,
                                           uint32_t size)
{
    for (uint32_t i = 0; i < s->n_rules[kind]; i++) {
        if (size >= s->rules[kind][i].least && size <= s->rules[kind][i].most)
            return &s->rules[kind][i];
    }
    return NULL;
}

#endif
