/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranking: the one place where rules meet. Every rule judges the same attempt; a finding yields to
 * the findings that explain it (rules.def); of those that are left the surest wins, and among
 * equals the first of the catalogue.
 */
#include "analyze/rules/judge.h"
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"
#include "analyze/rules/table.h"
#include "base/frames.h"

#include <string.h>

struct bench {
    struct attempt *attempt;
    struct verdict verdicts[N_RULES];
    bool standing[N_RULES]; /* found, and not yielding to another */
};

/* A capture that ended before the attempt did proves nothing for good (contract 2), nor does one
   whose machine dropped packets: the one that says otherwise may be among them. */
static void cap_confidence(const struct attempt *a, struct verdict *v)
{
    bool open = a->result.ended.how == RDPATH_END_CAPTURE || a->capture_lossy;
    if (open && v->confidence > RDPATH_LIKELY)
        v->confidence = RDPATH_LIKELY;
}

static void hear(struct bench *b)
{
    for (int i = 0; i < N_RULES; i++) {
        struct verdict *v = &b->verdicts[i];
        v->direction = RDPATH_NO_DIRECTION;
        v->arena = &b->attempt->arena;
        rule_table[i].rule->judge(b->attempt, b->attempt->decisive, v);
        b->standing[i] = v->kind == VERDICT_FOUND;
        cap_confidence(b->attempt, v);
        frames_sort(&v->frames);
        if (v->kind == VERDICT_FOUND)
            advice_conclude(rule_table[i].rule, b->attempt, v);
    }
}

static bool yields_to(const struct rule_row *row, const char *id)
{
    const char *at = row->yields_to;
    size_t len = strlen(id);
    while (*at) {
        size_t word = strcspn(at, " ");
        if (word == len && memcmp(at, id, len) == 0)
            return true;
        at += word + strspn(at + word, " ");
    }
    return false;
}

/* The last resorts: 0 = a cause of its own, 1 = "@" says only who closed, 2 = "*" says nothing. */
static int last_resort(int i)
{
    char mark = rule_table[i].yields_to[0];
    return mark == '*' ? 2 : mark == '@' ? 1 : 0;
}

static bool is_explained(const struct bench *b, int i)
{
    for (int k = 0; k < N_RULES; k++) {
        if (k == i || b->verdicts[k].kind != VERDICT_FOUND)
            continue;
        if (last_resort(k) < last_resort(i) || yields_to(&rule_table[i], rule_table[k].id))
            return true;
    }
    return false;
}

static void let_yield(struct bench *b)
{
    bool explained[N_RULES];
    for (int i = 0; i < N_RULES; i++)
        explained[i] = b->standing[i] && is_explained(b, i);
    for (int i = 0; i < N_RULES; i++)
        b->standing[i] = b->standing[i] && !explained[i];
}

static int winner_of(const struct bench *b)
{
    int best = RULE_undetermined;
    for (int i = N_RULES - 1; i >= 0; i--) {
        if (b->standing[i] && (best == RULE_undetermined ||
                               b->verdicts[i].confidence >= b->verdicts[best].confidence))
            best = i;
    }
    return best;
}

static struct rdpath_finding finding_of(const char *id, const struct verdict *v)
{
    return (struct rdpath_finding){
        .id = id,
        .confirmed = v->confidence == RDPATH_CONFIRMED,
        .confidence = v->confidence,
        .direction = v->direction,
        .text = v->text,
        .frames = v->frames,
        .evidence = v->evidence,
        .n_evidence = v->n_evidence,
        .against = v->against,
        .n_against = v->n_against,
        .advice = v->advice,
        .n_advice = v->n_advice,
    };
}

static void list_findings(const struct bench *b, int winner, struct rdpath_attempt *r)
{
    uint32_t n = 1;
    for (int i = 0; i < N_RULES; i++)
        n += i != winner && b->standing[i];
    struct rdpath_finding *list = arena_alloc(&b->attempt->arena, n * sizeof *list);
    n = 0;
    list[n++] = finding_of(rule_table[winner].id, &b->verdicts[winner]);
    for (int i = 0; i < N_RULES; i++) {
        if (i != winner && b->standing[i])
            list[n++] = finding_of(rule_table[i].id, &b->verdicts[i]);
    }
    r->findings = list;
    r->n_findings = n;
}

static void list_others(const struct bench *b, int winner, struct rdpath_attempt *r)
{
    struct arena *arena = &b->attempt->arena;
    struct rdpath_ruled_out *out = arena_alloc(arena, N_RULES * sizeof *out);
    struct rdpath_undecided *open = arena_alloc(arena, N_RULES * sizeof *open);
    const char *decides = b->verdicts[winner].decides;
    for (int i = 0; i < N_RULES; i++) {
        const struct verdict *v = &b->verdicts[i];
        if (v->kind == VERDICT_RULED_OUT)
            out[r->n_ruled_out++] = (struct rdpath_ruled_out){rule_table[i].id, v->text, v->frames};
        if (v->kind == VERDICT_NOT_ENOUGH)
            open[r->n_undecided++] = (struct rdpath_undecided){rule_table[i].id, v->text};
    }
    if (r->n_undecided == 0 && decides)
        open[r->n_undecided++] = (struct rdpath_undecided){rule_table[winner].id, decides};
    r->ruled_out = out;
    r->undecided = open;
}

/* UDP is the session's second transport: where it fails, TCP carries on. */
static bool is_of_udp(int i)
{
    return i >= RULE_udp_blocked && i <= RULE_udp_handshake_failed;
}

/* What ends a session that was up, whoever closes it in the end. */
static bool ends_session(int i)
{
    return i == RULE_server_denied || i == RULE_receiver_stalled || i == RULE_idle_timeout ||
           i == RULE_path_outage;
}

/* contract 2, "outcome" */
static enum rdpath_outcome outcome_of(const struct attempt *a, int winner)
{
    if (winner == RULE_none)
        return RDPATH_CONNECTED;
    if (winner == RULE_undetermined)
        return RDPATH_OUTCOME_UNDETERMINED;
    if (winner == RULE_path_limit || (a->probed && is_of_udp(winner)))
        return RDPATH_DEGRADED;
    if (a->result.stage < RDPATH_STAGE_ACTIVE || ends_session(winner))
        return RDPATH_FAILED;
    if (is_of_udp(winner))
        return RDPATH_DEGRADED;
    bool closed = a->result.ended.how == RDPATH_END_FIN || a->result.ended.how == RDPATH_END_RST ||
                  a->result.ended.how == RDPATH_END_CAPTURE;
    bool by_peer = a->result.ended.by != RDPATH_BY_MIDDLEBOX;
    bool stuck =
        fact_stuck(a->decisive, RDPATH_TO_SERVER) || fact_stuck(a->decisive, RDPATH_TO_CLIENT);
    return closed && by_peer && !stuck ? RDPATH_DEGRADED : RDPATH_FAILED;
}

void judge_attempt(struct attempt *a)
{
    struct bench *b = memory_zeroed(sizeof *b);
    b->attempt = a;
    hear(b);
    let_yield(b);
    int winner = winner_of(b);
    const struct verdict *v = &b->verdicts[winner];
    struct rdpath_attempt *r = &a->result;
    r->cause.id = rule_table[winner].id;
    r->cause.direction = v->direction;
    r->cause.confidence = v->confidence;
    r->cause.summary = v->text;
    r->cause.frames = v->frames;
    r->outcome = outcome_of(a, winner);
    if (r->outcome == RDPATH_CONNECTED)
        r->waiting_for = RDPATH_BY_NOBODY;
    list_findings(b, winner, r);
    list_others(b, winner, r);
    memory_release(b);
}
