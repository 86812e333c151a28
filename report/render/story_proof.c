/* SPDX-License-Identifier: Apache-2.0 */
/* The frames behind the answer as display filters, one for each input. */
#include "base/text.h"
#include "report/render/sequence.h"
#include "report/render/words.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    PROOF_REFS_MAX = 64, /* a filter that still fits a line or two */
    PROOF_ROWS_MAX = 24,
};

struct proof {
    rdpath_ref ref[PROOF_REFS_MAX];
    size_t n;
};

static void collect(struct proof *p, const struct rdpath_frames *f)
{
    for (uint32_t i = 0; i < f->n && p->n < PROOF_REFS_MAX; i++)
        p->ref[p->n++] = f->ref[i];
}

static int compare_refs(const void *a, const void *b)
{
    rdpath_ref x = *(const rdpath_ref *)a, y = *(const rdpath_ref *)b;
    return x < y ? -1 : x > y;
}

static void sort_unique(struct proof *p)
{
    size_t n = 0;
    qsort(p->ref, p->n, sizeof p->ref[0], compare_refs);
    for (size_t i = 0; i < p->n; i++)
        if (n == 0 || p->ref[n - 1] != p->ref[i])
            p->ref[n++] = p->ref[i];
    p->n = n;
}

static size_t run_end(const struct proof *p, size_t at)
{
    while (at + 1 < p->n && p->ref[at + 1] == p->ref[at] + 1)
        at++;
    return at;
}

/* "frame.number in {9..12, 18}" for the input of ref[at]; returns where the next input begins. */
static size_t add_filter(struct story *s, const struct proof *p, size_t at)
{
    struct text t = {0};
    unsigned input = RDPATH_REF_INPUT(p->ref[at]);
    while (at < p->n && RDPATH_REF_INPUT(p->ref[at]) == input) {
        size_t last = run_end(p, at);
        text_addf(&t, "%s%" PRIu64, t.len ? ", " : "", (uint64_t)RDPATH_REF_FRAME(p->ref[at]));
        if (last > at)
            text_addf(&t, "..%" PRIu64, (uint64_t)RDPATH_REF_FRAME(p->ref[last]));
        at = last + 1;
    }
    const char *label = s->joined ? arena_format(&s->arena, "Input %u", input) : "Display filter";
    story_add(s, STORY_PROOF, label, "frame.number in {%s}", text_string(&t));
    text_free(&t);
    return at;
}

static bool frames_hold(const struct rdpath_frames *f, rdpath_ref frame)
{
    for (uint32_t i = 0; i < f->n; i++)
        if (f->ref[i] == frame)
            return true;
    return false;
}

/* What the evidence says of a frame, such as a tunnel's own, which is none of the attempt's. */
static const char *evidence_words(const struct rdpath_attempt *a, rdpath_ref frame)
{
    const struct rdpath_finding *f = a->findings;
    for (uint32_t i = 0; a->n_findings && i < f->n_evidence; i++)
        if (frames_hold(&f->evidence[i].frames, frame))
            return f->evidence[i].text;
    return "";
}

/* "0.026 s, to the client, 1500 bytes: TLS server flight, lost" */
static const char *frame_words(struct story *s, rdpath_ref frame)
{
    const struct rdpath_packet *p;
    const char *label = sequence_label_of(s, frame, &p);
    if (!label)
        return evidence_words(s->attempt, frame);
    const char *fate = p->fate == RDPATH_FATE_LOST ? ", lost" : "";
    const char *size = p->ip_len ? arena_format(&s->arena, ", %u bytes", (unsigned)p->ip_len) : "";
    return arena_format(&s->arena, "%.3f s, %s%s: %s%s",
                        (double)(p->ts_ns - s->attempt->start_ns) / 1e9,
                        words_direction((enum rdpath_direction)p->direction), size, label, fate);
}

static void tell_frames(struct story *s, const struct proof *p)
{
    for (size_t i = 0; i < p->n && i < PROOF_ROWS_MAX; i++) {
        struct story_row *row =
            story_add(s, STORY_FRAMES, words_frame(&s->arena, p->ref[i], s->joined), "%s",
                      frame_words(s, p->ref[i]));
        row->filter = arena_format(&s->arena, "frame.number == %" PRIu64,
                                   (uint64_t)RDPATH_REF_FRAME(p->ref[i]));
    }
}

void story_tell_proof(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    struct proof p = {0};
    if (s->healthy)
        return;
    collect(&p, &a->cause.frames);
    if (a->n_findings) {
        const struct rdpath_finding *f = &a->findings[0]; /* the cause's own stands first */
        collect(&p, &f->frames);
        for (uint32_t i = 0; i < f->n_evidence; i++)
            collect(&p, &f->evidence[i].frames);
    }
    if (a->ended.frame)
        collect(&p, &(struct rdpath_frames){.ref = {a->ended.frame}, .n = 1, .total = 1});
    sort_unique(&p);
    for (size_t at = 0; at < p.n;)
        at = add_filter(s, &p, at);
    tell_frames(s, &p);
}
