/* SPDX-License-Identifier: Apache-2.0 */
/* How far the attempt got, whose turn it was there, how it ended, and what it therefore is not. */
#include "report/render/story.h"
#include "report/render/words.h"

#include <string.h>

/* PROTOCOL_HYBRID and PROTOCOL_HYBRID_EX [MS-RDPBCGR 2.2.1.2.1]: only these have CredSSP. */
enum { PROTOCOL_HYBRID = 2, PROTOCOL_HYBRID_EX = 8 };

/* Whether an attempt climbs this rung at all, by what the server selected. */
static bool is_on_ladder(const struct rdpath_attempt *a, enum rdpath_stage stage)
{
    bool selected = a->rdp.has_response && a->rdp.failure == 0;
    if (!selected)
        return true;
    if (stage == RDPATH_STAGE_CREDSSP)
        return a->rdp.selected == PROTOCOL_HYBRID || a->rdp.selected == PROTOCOL_HYBRID_EX;
    if (stage >= RDPATH_STAGE_TLS_HELLO && stage <= RDPATH_STAGE_TLS_DONE)
        return a->rdp.selected != 0; /* Standard RDP Security has no TLS */
    return true;
}

static struct story_rung *rung_add(struct story *s, enum rung_mark mark, enum rdpath_stage stage)
{
    struct story_rung *rung = &s->rung[s->n_rungs++];
    rung->mark = mark;
    rung->title = rdpath_stage_title(stage);
    return rung;
}

static const char *reached_note(struct story *s, uint32_t i)
{
    const struct rdpath_rung *r = &s->attempt->rungs[i];
    const char *inferred = r->inferred ? ", inferred" : "";
    int64_t before = i ? s->attempt->rungs[i - 1].ts_ns : s->attempt->start_ns;
    if (i == 0 && r->ts_ns == before)
        return inferred[0] ? "inferred" : "";
    if (r->ts_ns == RDPATH_UNKNOWN || before == RDPATH_UNKNOWN || r->ts_ns < before)
        return r->inferred ? "inferred" : "";
    return arena_format(&s->arena, "+%s%s", words_duration(&s->arena, r->ts_ns - before), inferred);
}

/* A pause shorter than this is none: it was the round trip. */
static const int64_t PAUSE_NS = 1000000000;

static const char *stopped_note(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    if (a->waiting_for == RDPATH_BY_NOBODY)
        return "not reached";
    const char *turn = words_peer(a->waiting_for);
    if (a->ended.quiet_before_ns < PAUSE_NS)
        return arena_format(&s->arena, "not reached; it was the turn of %s", turn);
    return arena_format(&s->arena, "not reached; waited %s for %s",
                        words_duration(&s->arena, a->ended.quiet_before_ns), turn);
}

static enum rdpath_stage next_stage(const struct rdpath_attempt *a, enum rdpath_stage stage)
{
    do
        stage++;
    while (stage < RDPATH_STAGE_ACTIVE && !is_on_ladder(a, stage));
    return stage;
}

static bool has_observation(const struct rdpath_attempt *a, const char *id)
{
    for (uint32_t i = 0; i < a->n_observations; i++)
        if (a->observations[i].id && strcmp(a->observations[i].id, id) == 0)
            return true;
    return false;
}

/* What RDP did stands inside the HTTP or TLS of a gateway: no rung of it is known. */
static bool is_hidden(const struct rdpath_attempt *a)
{
    return has_observation(a, "gateway-seen");
}

/* What came before is not in the capture, so that no rung is missing. */
static bool is_mid_stream(const struct rdpath_attempt *a)
{
    return has_observation(a, "mid-stream");
}

static void tell_ladder(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    for (uint32_t i = 0; i < a->n_rungs && s->n_rungs < RDPATH_N_STAGES; i++)
        rung_add(s, RUNG_REACHED, a->rungs[i].stage)->note = reached_note(s, i);
    if (s->n_rungs == 0 || is_hidden(a) || is_mid_stream(a))
        return;
    enum rdpath_stage stage = a->rungs[a->n_rungs - 1].stage;
    enum rung_mark mark = RUNG_STOPPED;
    while (stage < RDPATH_STAGE_ACTIVE && s->n_rungs < RDPATH_N_STAGES) {
        stage = next_stage(a, stage);
        rung_add(s, mark, stage)->note = mark == RUNG_STOPPED ? stopped_note(s) : "not reached";
        mark = RUNG_AHEAD;
    }
}

/* ---- how it ended ---------------------------------------------------------------------------- */

static const char *ended_words(struct story *s)
{
    const struct rdpath_ended *e = &s->attempt->ended;
    const char *by = words_peer(e->by);
    switch (e->how) {
    case RDPATH_END_FIN:
        return arena_format(&s->arena, "Ended by %s (FIN", by);
    case RDPATH_END_RST:
        return arena_format(&s->arena, "Reset by %s (RST", by);
    case RDPATH_END_ALERT:
        return arena_format(&s->arena, "Ended by %s (TLS alert", by);
    case RDPATH_END_ICMP:
        return arena_format(&s->arena, "Ended by %s (ICMP error", by);
    case RDPATH_END_SILENCE:
        return "Nobody closed it: both sides fell silent";
    case RDPATH_END_CAPTURE:
        break;
    }
    return "The capture ends before the connection does";
}

static const char *end_sentence(struct story *s)
{
    const struct rdpath_ended *e = &s->attempt->ended;
    bool open = e->how != RDPATH_END_SILENCE && e->how != RDPATH_END_CAPTURE;
    const char *frame = open && e->frame ? arena_format(&s->arena, ", %s)",
                                                        words_frame(&s->arena, e->frame, s->joined))
                        : open           ? ")"
                                         : "";
    if (e->quiet_before_ns < PAUSE_NS || s->healthy)
        return arena_format(&s->arena, "%s%s.", ended_words(s), frame);
    return arena_format(&s->arena, "%s%s, after %s without progress.", ended_words(s), frame,
                        words_duration(&s->arena, e->quiet_before_ns));
}

static void tell_stopped(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    const char *reached = rdpath_stage_title(a->stage);
    const char *from = a->waiting_for == RDPATH_BY_NOBODY
                           ? ""
                           : arena_format(&s->arena, ", from %s", words_peer(a->waiting_for));
    const char *inferred = a->stage_inferred ? " (inferred from record sizes)" : "";
    if (a->n_rungs == 0 || !reached)
        s->stopped = end_sentence(s);
    else if (is_hidden(a))
        s->stopped =
            arena_format(&s->arena, "Reached: %s; what RDP did behind it cannot be read. %s",
                         reached, end_sentence(s));
    else if (a->stage >= RDPATH_STAGE_ACTIVE || is_mid_stream(a))
        s->stopped =
            arena_format(&s->arena, "Reached: %s%s. %s", reached, inferred, end_sentence(s));
    else
        s->stopped =
            arena_format(&s->arena, "Reached: %s%s. Missing: %s%s. %s", reached, inferred,
                         rdpath_stage_title(next_stage(a, a->stage)), from, end_sentence(s));
}

/* Causes that the server told over a connection that worked. */
static bool is_servers_word(const char *cause)
{
    static const char *const causes[] = {"credentials-rejected", "not-authorized",
                                         "licensing-failed", "server-denied"};
    for (size_t i = 0; cause && i < sizeof causes / sizeof causes[0]; i++)
        if (strcmp(cause, causes[i]) == 0)
            return true;
    return false;
}

/* Only what the order of the protocol makes certain: a later step cannot have failed, and one that
   was taken has not. */
static void tell_not_this(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    const char *cause = a->cause.id ? a->cause.id : "";
    bool certificate = strncmp(cause, "certificate-", strlen("certificate-")) == 0;
    if (s->healthy || a->n_rungs == 0 || is_mid_stream(a) || is_hidden(a))
        return;
    if (a->stage <= RDPATH_STAGE_X224_REQUEST)
        s->not_this = "The RDP service never answered, so nobody was asked for credentials: this "
                      "is not a password, licence or certificate fault.";
    else if (a->stage < RDPATH_STAGE_TLS_DONE)
        s->not_this = "Credentials were never asked for: this is not a password or licence fault.";
    else if (a->stage >= RDPATH_STAGE_ACTIVE)
        s->not_this = "The session came up: this is not a password, licence or certificate fault.";
    else if (is_servers_word(cause))
        s->not_this = "TLS was agreed on, and the server's answer came through: this is not a "
                      "network or certificate fault.";
    else if (!certificate)
        s->not_this = "TLS was agreed on: this is not a fault of TLS or of the server's key.";
}

void story_tell_course(struct story *s)
{
    tell_ladder(s);
    tell_stopped(s);
    tell_not_this(s);
}
