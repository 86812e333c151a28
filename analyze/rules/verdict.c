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

static void add_evidence(struct rdpath_evidence *list, uint32_t *n, const struct rdpath_evidence *e)
{
    if (*n < VERDICT_EVIDENCE_MAX)
        list[(*n)++] = *e;
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
    add_evidence(v->evidence, &v->n_evidence, &e);
    frames_append(&v->frames, &e.frames);
}

void verdict_against(struct verdict *v, const struct rdpath_frames *frames, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct rdpath_evidence e = evidence_of(v, frames, format, args);
    va_end(args);
    add_evidence(v->against, &v->n_against, &e);
}

void verdict_advise(struct verdict *v, const struct rdpath_advice *advice)
{
    if (v->n_advice < VERDICT_ADVICE_MAX)
        v->advice[v->n_advice++] = *advice;
}
