/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS secrets that were told: by a key log for all inputs, by an input for itself alone. */
#ifndef ANALYZE_KEYS_H
#define ANALYZE_KEYS_H

#include "analyze/proto/keylog.h"
#include "base/arena.h"
#include "rdpath.h"

struct keys {
    struct keylog keylog; /* the key log as it was read; its secrets stay */
    const char *path;     /* of it; NULL = none was given */
    struct secrets *input;
    struct arena texts;
};

bool keys_load(struct keys *, const char *path, struct rdpath_error *);
void keys_free(struct keys *);

/* The store for what an input tells; it knows the key log's as well. */
struct secrets *keys_begin_input(struct keys *);
void keys_end_input(struct keys *);

/* What is wrong with the key logs that were read from there, as one sentence; NULL: nothing. */
const char *keys_problem(const struct keylog *, const char *where, struct arena *);

#endif
