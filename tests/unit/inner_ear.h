/* SPDX-License-Identifier: Apache-2.0 */
/* Listens to what is decrypted: the linker leads calls of inner_bytes() and inner_gap() here. */
#ifndef TESTS_UNIT_INNER_EAR_H
#define TESTS_UNIT_INNER_EAR_H

#include "tests/unit/dialog_play.h"

#include "analyze/proto/inner.h"
#include "analyze/proto/keylog.h"

struct ear {
    uint8_t bytes[PLAY_MAX];
    uint32_t len, n_records, n_gaps;
};

static struct ear ears[2]; /* by direction */

void __wrap_inner_bytes(struct inner *, enum rdpath_direction, struct reader, struct moment);
void __wrap_inner_gap(struct inner *, enum rdpath_direction, struct moment);

void __wrap_inner_bytes(struct inner *in, enum rdpath_direction direction, struct reader plain,
                        struct moment at)
{
    struct ear *ear = &ears[direction];
    (void)at;
    assert_non_null(in);
    assert_true(ear->len + plain.left <= sizeof ear->bytes);
    memcpy(ear->bytes + ear->len, plain.at, plain.left);
    ear->len += (uint32_t)plain.left;
    ear->n_records++;
}

void __wrap_inner_gap(struct inner *in, enum rdpath_direction direction, struct moment at)
{
    (void)at;
    assert_non_null(in);
    ears[direction].n_gaps++;
}

static inline void ears_clear(void)
{
    memset(ears, 0, sizeof ears);
}

static inline struct secrets *secrets_of(const char *text)
{
    struct secrets *secrets = secrets_new(NULL);
    struct keylog k = {.secrets = secrets};
    keylog_bytes(&k, reader_of(text, strlen(text), READER_END));
    keylog_end(&k);
    return secrets;
}

#endif
