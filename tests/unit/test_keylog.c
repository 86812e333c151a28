/* SPDX-License-Identifier: Apache-2.0 */
/* Key logs in the NSS format, line by line, and the store that they fill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/proto/keylog.h"
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define R "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HALF "aabbccddeeff00112233445566778899"
#define S32 HALF HALF
#define S48 S32 HALF

static const uint8_t random_value[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                         11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                         22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* Reads it in pieces of that size. */
static struct keylog read_in(const char *text, size_t len, size_t piece)
{
    struct keylog k = {.secrets = secrets_new(NULL)};
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        uint8_t *copy = malloc(n); /* of its size, so that a sanitizer sees reads beyond it */
        memcpy(copy, text + at, n);
        keylog_bytes(&k, reader_of(copy, n, READER_END));
        free(copy);
    }
    keylog_end(&k);
    return k;
}

static void reads_each_kind_in_any_pieces(void **state)
{
    static const char text[] = "# a comment, as NSS writes it\r\n"
                               "\n"
                               "CLIENT_RANDOM " R " " S48 "\r\n"
                               "CLIENT_HANDSHAKE_TRAFFIC_SECRET " R " " S32 "\n"
                               "SERVER_HANDSHAKE_TRAFFIC_SECRET " R " " S48 "\n"
                               "EXPORTER_SECRET " R " " S48 "\n"
                               "CLIENT_TRAFFIC_SECRET_0 " R " " S32 "\n"
                               "CLIENT_TRAFFIC_SECRET_1 " R " " S32 "\n"
                               "SERVER_TRAFFIC_SECRET_0 " R " AABBCCDDEEFF00112233445566778899" S32;
    static const uint8_t lens[] = {48, 32, 48, 32, 48};
    (void)state;
    for (size_t piece = 1; piece < 400; piece += 7) {
        struct keylog k = read_in(text, sizeof text - 1, piece);
        assert_int_equal(k.n_secrets, 5);
        assert_int_equal(k.n_damaged, 0);
        for (int kind = 0; kind < N_SECRET_KINDS; kind++) {
            const struct secret *s = secrets_find(k.secrets, random_value, (enum secret_kind)kind);
            assert_non_null(s);
            assert_int_equal(s->len, lens[kind]);
            assert_memory_equal(s->bytes, "\xaa\xbb\xcc\xdd\xee\xff\x00\x11\x22\x33", 10);
        }
        secrets_free(k.secrets);
    }
}

static void counts_damaged_lines(void **state)
{
    static const char *const damaged[] = {
        "CLIENT_RANDOM",
        "CLIENT_RANDOM ",
        "CLIENT_RANDOM " R,
        "CLIENT_RANDOM " R " ",
        "CLIENT_RANDOM " R " " S32,          /* a master secret has 48 bytes */
        "CLIENT_RANDOM " R " " S48 "00",     /* and no more */
        "CLIENT_RANDOM " R " " S32 HALF "0", /* nor half a byte */
        "CLIENT_RANDOM " R "  " S48,
        "CLIENT_RANDOM  " R " " S48,
        "CLIENT_RANDOM " R "00 " S48,
        "CLIENT_RANDOM " R " " S32 "aabbccddeeff0011223344556677889g",
        "SERVER_TRAFFIC_SECRET_0 " R " " HALF,
        "SERVER_TRAFFIC_SECRET_0 " R " " S32 "aa",
        "CLIENT_RANDOM " R " " S48 S48 S48 S48 S48 S48 S48 S48,
    };
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        struct keylog k = read_in(damaged[i], strlen(damaged[i]), 100);
        assert_int_equal(k.n_damaged, 1);
        assert_int_equal(k.n_secrets, 0);
        assert_null(secrets_find(k.secrets, random_value, SECRET_MASTER));
        secrets_free(k.secrets);
    }
}

static void leaves_other_lines_alone(void **state)
{
    static const char *const others[] = {"",
                                         "CLIENT",
                                         "CLIENT_RANDOMS " R " " S48,
                                         "client_random " R " " S48,
                                         " CLIENT_RANDOM",
                                         "RSA 0011223344556677 " S48,
                                         "\xff\xfe\x00"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct keylog k = read_in(others[i], strlen(others[i]), 100);
        assert_int_equal(k.n_damaged + k.n_secrets, 0);
        secrets_free(k.secrets);
    }
}

/* A line without an end is not held, and what follows it is read. */
static void survives_an_endless_line(void **state)
{
    static const char good[] = "\nCLIENT_RANDOM " R " " S48 "\n";
    uint8_t zeros[4096] = {0};
    struct keylog k = {.secrets = secrets_new(NULL)};
    (void)state;
    for (int i = 0; i < 4096; i++)
        keylog_bytes(&k, reader_of(zeros, sizeof zeros, READER_END));
    keylog_bytes(&k, reader_of(good, sizeof good - 1, READER_END));
    keylog_end(&k);
    assert_int_equal(k.n_secrets, 1);
    secrets_free(k.secrets);
}

static void number_random(uint8_t random[32], uint32_t n)
{
    for (int i = 0; i < 32; i++) {
        n = n * 1664525 + 1013904223;
        random[i] = (uint8_t)(n >> 24);
    }
}

/* However many there are, the latest are known, and their number is bounded. */
static void keeps_the_latest(void **state)
{
    enum { MANY = 3 * SECRETS_MAX };
    struct secrets *s = secrets_new(NULL);
    struct secret secret = {.len = 48};
    uint32_t n_crowded = 0, n_known = 0;
    uint8_t random[32];
    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        number_random(random, i);
        n_crowded += !secrets_add(s, random, SECRET_MASTER, &secret);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        number_random(random, i);
        bool known = secrets_find(s, random, SECRET_MASTER) != NULL;
        n_known += known;
        if (i >= MANY - SECRETS_WAYS)
            assert_true(known);
    }
    assert_int_equal(n_known + n_crowded, MANY);
    assert_in_range(n_known, SECRETS_MAX / 2, SECRETS_MAX);
    secrets_free(s);
}

static void asks_the_other_store(void **state)
{
    struct secrets *log = secrets_new(NULL), *input = secrets_new(log);
    struct secret secret = {.len = 48, .bytes = {1}}, newer = {.len = 48, .bytes = {2}};
    (void)state;
    assert_null(secrets_find(NULL, random_value, SECRET_MASTER));
    assert_null(secrets_find(input, random_value, SECRET_MASTER));
    secrets_add(log, random_value, SECRET_MASTER, &secret);
    assert_int_equal(secrets_find(input, random_value, SECRET_MASTER)->bytes[0], 1);
    secrets_add(input, random_value, SECRET_TRAFFIC_TO_CLIENT, &newer);
    assert_int_equal(secrets_find(input, random_value, SECRET_MASTER)->bytes[0], 1);
    secrets_add(input, random_value, SECRET_MASTER, &newer);
    assert_int_equal(secrets_find(input, random_value, SECRET_MASTER)->bytes[0], 2);
    assert_int_equal(secrets_find(log, random_value, SECRET_MASTER)->bytes[0], 1);
    secrets_free(input);
    secrets_free(log);
}

static void wipes(void **state)
{
    uint8_t secret[100];
    (void)state;
    memset(secret, 0x5a, sizeof secret);
    memory_wipe(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        assert_int_equal(secret[i], 0);
    memory_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_kind_in_any_pieces),
        cmocka_unit_test(counts_damaged_lines),
        cmocka_unit_test(leaves_other_lines_alone),
        cmocka_unit_test(survives_an_endless_line),
        cmocka_unit_test(keeps_the_latest),
        cmocka_unit_test(asks_the_other_store),
        cmocka_unit_test(wipes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
