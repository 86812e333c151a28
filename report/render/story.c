/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render/story.h"

#include "base/text.h"
#include "report/render/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { COUNT_MAX = 80 };

static const char *const section_titles[N_STORY_SECTIONS] = {
    [STORY_EVIDENCE] = "What shows it",
    [STORY_AGAINST] = "What speaks against it",
    [STORY_SIZES] = "Which sizes got through",
    [STORY_NEGOTIATED] = "What was negotiated",
    [STORY_ALSO] = "Also seen",
    [STORY_RULED_OUT] = "Ruled out",
    [STORY_OPEN] = "Still open",
    [STORY_QUALITY] = "Quality of the capture",
    [STORY_PROOF] = "Proof for Wireshark",
    [STORY_FRAMES] = "The frames cited",
};

static struct story_row *rows_extend(struct story_rows *rows, struct arena *arena)
{
    if (rows->n == rows->room) {
        uint32_t room = rows->room ? 2 * rows->room : 4;
        size_t size = sizeof *rows->row;
        rows->row = arena_grow(arena, rows->row, rows->n * size, room * size);
        rows->room = room;
    }
    return &rows->row[rows->n++];
}

struct story_row *story_put(struct story *s, enum story_section section, const char *label,
                            const char *text)
{
    struct story_row *row = rows_extend(&s->section[section], &s->arena);
    row->label = label;
    row->text = words_short(&s->arena, text, WORDS_SENTENCE_MAX);
    row->frames = row->filter = NULL;
    return row;
}

struct story_row *story_add(struct story *s, enum story_section section, const char *label,
                            const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_vformat(&s->arena, format, args);
    va_end(args);
    return story_put(s, section, label, text);
}

static void add_with_frames(struct story *s, enum story_section section,
                            const struct story_row *said, const struct rdpath_frames *frames)
{
    struct story_row *row = story_put(s, section, said->label, said->text ? said->text : "");
    row->frames = words_frames(&s->arena, frames, s->joined);
}

/* ---- the judgement --------------------------------------------------------------------------- */

static void tell_evidence(struct story *s, const struct rdpath_finding *f)
{
    for (uint32_t i = 0; i < f->n_evidence; i++)
        add_with_frames(s, STORY_EVIDENCE, &(struct story_row){.text = f->evidence[i].text},
                        &f->evidence[i].frames);
    for (uint32_t i = 0; i < f->n_against; i++)
        add_with_frames(s, STORY_AGAINST, &(struct story_row){.text = f->against[i].text},
                        &f->against[i].frames);
}

/* The decisive count where no size was sent in vain: what shows the cause first, if it is short. */
static void tell_first_proof(struct story *s, const struct rdpath_finding *f)
{
    if (s->healthy || f->n_evidence == 0 || strlen(f->evidence[0].text) > COUNT_MAX)
        return;
    s->count = f->evidence[0].text;
}

static bool is_cause(const struct rdpath_attempt *a, const struct rdpath_finding *f)
{
    return a->cause.id && f->id && strcmp(a->cause.id, f->id) == 0;
}

static void tell_findings(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    for (uint32_t i = 0; i < a->n_findings; i++) {
        const struct rdpath_finding *f = &a->findings[i];
        if (is_cause(a, f)) {
            tell_evidence(s, f);
            tell_first_proof(s, f);
            s->advice = f->advice;
            s->n_advice = f->n_advice;
        } else {
            add_with_frames(s, STORY_ALSO, &(struct story_row){.label = f->id, .text = f->text},
                            &f->frames);
        }
    }
}

static void tell_rest(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    for (uint32_t i = 0; i < a->n_ruled_out; i++) {
        const struct rdpath_ruled_out *r = &a->ruled_out[i];
        add_with_frames(s, STORY_RULED_OUT, &(struct story_row){.label = r->id, .text = r->why},
                        &r->frames);
    }
    for (uint32_t i = 0; i < a->n_undecided; i++)
        story_put(s, STORY_OPEN, a->undecided[i].id,
                  a->undecided[i].needs ? a->undecided[i].needs : "");
}

/* Observations that say what the capture can show; the others say what happened. */
static bool is_about_capture(const char *id)
{
    static const char *const ids[] = {
        "capture-loss", "snaplen-cut",      "mid-stream",           "one-sided",
        "reordered",    "duplicate-frames", "segmentation-offload", "limit-reached",
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (id && strcmp(id, ids[i]) == 0)
            return true;
    return false;
}

static void tell_observations(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    for (uint32_t i = 0; i < a->n_observations; i++) {
        const struct rdpath_observation *o = &a->observations[i];
        enum story_section section = is_about_capture(o->id) ? STORY_QUALITY : STORY_ALSO;
        add_with_frames(s, section, &(struct story_row){.label = o->id, .text = o->text},
                        &o->frames);
    }
}

/* ---- the head -------------------------------------------------------------------------------- */

static void tell_head(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    char start[TEXT_TIME_SIZE];
    text_time_short(start, a->start_ns);
    const char *id = a->cause.id ? a->cause.id : "undetermined";
    const char *direction = words_direction(a->cause.direction);
    const char *outcome = rdpath_outcome_name(a->outcome);
    const char *confidence = rdpath_confidence_name(a->cause.confidence);
    s->who = arena_format(&s->arena, "%s → %s", words_endpoint(&s->arena, &a->client),
                          words_endpoint(&s->arena, &a->server));
    s->start = arena_string(&s->arena, start);
    s->when = arena_format(&s->arena, "%s, %s", start, words_duration(&s->arena, a->duration_ns));
    s->vantage = words_vantage(a->vantage);
    s->outcome = outcome ? outcome : "undetermined";
    s->cause = direction ? arena_format(&s->arena, "%s %s", id, direction) : id;
    s->confidence = confidence ? confidence : "possible";
    s->healthy = strcmp(id, "none") == 0;
    const char *plain = s->healthy ? "Nothing went wrong." : "The capture cannot tell.";
    s->answer =
        words_short(&s->arena, a->cause.summary ? a->cause.summary : plain, WORDS_SENTENCE_MAX);
}

struct story story_tell(const struct rdpath_attempt *a, bool joined)
{
    struct story s = {.attempt = a, .joined = joined};
    for (size_t i = 0; i < N_STORY_SECTIONS; i++)
        s.section[i].title = section_titles[i];
    tell_head(&s);
    story_tell_course(&s);
    tell_findings(&s);
    story_tell_path(&s);
    story_tell_udp(&s);
    tell_rest(&s);
    story_tell_quality(&s);
    tell_observations(&s);
    return s;
}

void story_tell_details(struct story *s)
{
    story_tell_negotiated(s);
    story_tell_proof(s);
}

void story_free(struct story *s)
{
    arena_free(&s->arena);
}

/* ---- the input ------------------------------------------------------------------------------- */

static int64_t dropped_packets(const struct rdpath_input *in)
{
    int64_t dropped = -1;
    for (uint32_t i = 0; i < in->n_interfaces; i++)
        if (in->interfaces[i].dropped >= 0)
            dropped = (dropped < 0 ? 0 : dropped) + in->interfaces[i].dropped;
    return dropped;
}

const char *story_of_input(struct arena *arena, const struct rdpath_input *in)
{
    struct text t = {0};
    int64_t dropped = dropped_packets(in);
    text_addf(&t, "%s: %s, %" PRIu64 " packets", words_short(arena, in->path, WORDS_SENTENCE_MAX),
              in->format ? in->format : "unknown format", in->packets);
    if (dropped == 0)
        text_add(&t, ", none dropped while capturing");
    else if (dropped > 0)
        text_addf(&t, ", %" PRId64 " dropped while capturing", dropped);
    if (in->n_attempts == 0)
        text_add(&t, ", no RDP attempt in it");
    else
        text_addf(&t, ", %u RDP attempt%s", (unsigned)in->n_attempts,
                  in->n_attempts == 1 ? "" : "s");
    for (uint32_t i = 0; i < in->n_observations; i++)
        if (strcmp(in->observations[i].id, "capture-loss") != 0) /* said above */
            text_addf(&t, "; %s", in->observations[i].text);
    const char *kept = arena_string(arena, text_string(&t));
    text_free(&t);
    return kept;
}
