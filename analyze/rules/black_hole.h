/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets above a size vanish (RFC 2923 section 2.1): the signature, for the rules that ask why. At
 * the sender one size is sent again and again with growing gaps, smaller packets are delivered
 * meanwhile, and nothing as large is. At the receiver bytes are missing for good although their
 * sender lives and later bytes arrive.
 */
#ifndef ANALYZE_RULES_BLACK_HOLE_H
#define ANALYZE_RULES_BLACK_HOLE_H

#include "analyze/rules/rule.h"

enum black_hole_kind {
    BLACK_HOLE_NONE,
    BLACK_HOLE_ALONE, /* a size is stuck, and no smaller one was tried after it */
    BLACK_HOLE_SENT,
    BLACK_HOLE_MISSING,
};

struct black_hole {
    enum black_hole_kind kind;
    enum rdpath_direction way;
    const struct rdpath_path *path;
    const struct stray_seen *stray;
    const char *words; /* "to the client" */
    enum rdpath_confidence confidence;
};

struct black_hole black_hole_look(const struct attempt *, const struct connection *,
                                  enum rdpath_direction);

/* What the routers say of it: a part of a sentence. */
const char *black_hole_errors(const struct black_hole *);

/* SENT and MISSING: what speaks for it, and against it. */
void black_hole_prove(struct verdict *, const struct connection *, const struct black_hole *);

#endif
