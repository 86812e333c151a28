/* SPDX-License-Identifier: Apache-2.0 */
/* How a rule answers: the texts go into the attempt's arena, the lists have an end. */
#include "analyze/rules/rule.h"

static void set_text(struct verdict *v, enum verdict_kind kind, const char *format, va_list args)
{
    v->kind = kind;
    v->text = arena_vformat(v->arena, format, args);
}

void verdict_found(struct verdict *v, enum rdpath_confidence confidence,
                   enum rdpath_direction direction, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(v, VERDICT_FOUND, format, args);
    va_end(args);
    v->confidence = confidence;
    v->direction = direction;
}

void verdict_ruled_out(struct verdict *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(v, VERDICT_RULED_OUT, format, args);
    va_end(args);
}

void verdict_needs(struct verdict *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(v, VERDICT_NOT_ENOUGH, format, args);
    va_end(args);
}

void verdict_decides(struct verdict *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    v->decides = arena_vformat(v->arena, format, args);
    va_end(args);
}

static struct rdpath_evidence *evidence_list(struct verdict *v)
{
    return arena_alloc(v->arena, VERDICT_EVIDENCE_MAX * sizeof(struct rdpath_evidence));
}

static struct rdpath_evidence evidence_of(struct verdict *v, const struct rdpath_frames *frames,
                                          const char *format, va_list args)
{
    struct rdpath_evidence e = {.text = arena_vformat(v->arena, format, args)};
    if (frames)
        e.frames = *frames;
    return e;
}

void verdict_evidence(struct verdict *v, const struct rdpath_frames *frames, const char *format,
                      ...)
{
    va_list args;
    va_start(args, format);
    struct rdpath_evidence e = evidence_of(v, frames, format, args);
    va_end(args);
    if (!v->evidence)
        v->evidence = evidence_list(v);
    if (v->n_evidence < VERDICT_EVIDENCE_MAX)
        v->evidence[v->n_evidence++] = e;
    frames_append(&v->frames, &e.frames);
}

void verdict_against(struct verdict *v, const struct rdpath_frames *frames, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct rdpath_evidence e = evidence_of(v, frames, format, args);
    va_end(args);
    if (!v->against)
        v->against = evidence_list(v);
    if (v->n_against < VERDICT_EVIDENCE_MAX)
        v->against[v->n_against++] = e;
}
