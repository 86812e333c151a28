/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scout guesses where records begin. It must look at nearly all of those that there are, and
 * whatever the bytes say, at no byte outside of its stretch, and come to an end.
 */
#include "analyze/file/scout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STRETCH = 1024 * 1024, MARK = 0xa5 };

struct field {
    uint8_t *bytes;
    bool *seen; /* one a byte: a record was looked for here */
    uint32_t n_looks;
};

static struct field field_new(void)
{
    struct field f = {malloc(STRETCH), calloc(STRETCH, sizeof(bool)), 0};
    memset(f.bytes, 0, STRETCH);
    return f;
}

static void field_free(struct field *f)
{
    free(f->bytes);
    free(f->seen);
}

/* A record of these fields: a mark, then its length in two bytes. */
static size_t length_told(const void *format, const uint8_t *bytes)
{
    struct field *f = (struct field *)format;
    size_t at = (size_t)(bytes - f->bytes);
    assert_true(at + SCOUT_LOOK <= STRETCH);
    f->seen[at] = true;
    f->n_looks++;
    size_t len = (size_t)(bytes[1] << 8 | bytes[2]);
    return bytes[0] == MARK && len >= SCOUT_LOOK ? len : 0;
}

static size_t nth_len(uint32_t n)
{
    return 60 + n * 2654435761u % 1460;
}

static void looks_at_nearly_all_records(void **state)
{
    (void)state;
    struct field f = field_new();
    uint32_t n = 0, n_seen = 0;
    for (size_t at = 0; at + SCOUT_LOOK <= STRETCH; at += nth_len(n++)) {
        f.bytes[at] = MARK;
        f.bytes[at + 1] = (uint8_t)(nth_len(n) >> 8);
        f.bytes[at + 2] = (uint8_t)nth_len(n);
    }
    scout_fetch(&(struct scout){length_told, &f}, f.bytes, STRETCH);
    for (size_t at = 0; at + SCOUT_LOOK <= STRETCH; at++)
        n_seen += f.bytes[at] == MARK && f.seen[at];
    assert_true(n_seen > n - n / 50);
    field_free(&f);
}

/* Lengths by chance at every place, zeros, and records one inside the other. */
static void ends_whatever_the_bytes_say(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct field f = field_new();
        for (uint32_t i = 0; kind > 0 && i < STRETCH; i++)
            f.bytes[i] = kind == 1 ? MARK : (uint8_t)(i * 2654435761u >> 24);
        scout_fetch(&(struct scout){length_told, &f}, f.bytes, STRETCH);
        assert_in_range(f.n_looks, 1, STRETCH);
        field_free(&f);
    }
}

static void a_short_stretch_is_left_alone(void **state)
{
    (void)state;
    struct field f = field_new();
    scout_fetch(&(struct scout){length_told, &f}, f.bytes, 0);
    scout_fetch(&(struct scout){length_told, &f}, f.bytes, SCOUT_LOOK);
    scout_fetch(&(struct scout){length_told, &f}, f.bytes + STRETCH - 100, 100);
    assert_int_equal(f.n_looks, 0);
    field_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_at_nearly_all_records),
        cmocka_unit_test(ends_whatever_the_bytes_say),
        cmocka_unit_test(a_short_stretch_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
