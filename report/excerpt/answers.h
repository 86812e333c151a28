/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of an analysis, remembered to be compared with those of its evidence. */
#ifndef REPORT_EXCERPT_ANSWERS_H
#define REPORT_EXCERPT_ANSWERS_H

#include "base/arena.h"
#include "base/text.h"
#include "rdpath.h"

struct answer {
    int64_t start_ns; /* by these two an attempt is known again, whatever its addresses became */
    uint16_t client_port;
    const char *cause;
    enum rdpath_direction direction;
    enum rdpath_confidence confidence;
    enum rdpath_outcome outcome;
    enum rdpath_stage stage;
    struct rdpath_mtu mtu[2];
    bool decrypted; /* it rests on what was read behind TLS */
};

struct answers {
    struct arena arena;
    struct answer *list; /* in the arena */
    uint32_t n, room;
};

void answers_add(struct answers *, const struct rdpath_attempt *);
void answers_free(struct answers *);

/* The answer about the same attempt; NULL: there is none. */
const struct answer *answers_find(const struct answers *, const struct answer *);
const struct answer *answers_of(const struct answers *, const struct rdpath_attempt *);

/* Cause, direction, stage and MTU bracket are the same. */
bool answer_equals(const struct answer *, const struct answer *);

/* What is told of another answer where they differ: "cause server-closed, expected server-silent".
   found NULL: the attempt is not there. */
void answer_add_difference(struct text *, const struct answer *expected,
                           const struct answer *found);

#endif
