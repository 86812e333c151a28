/* SPDX-License-Identifier: Apache-2.0 */
/* Decryption of what others have printed, byte by byte: nothing here was made by this project. */
#include "tests/unit/inner_ear.h"
#include "tests/unit/tls_play.h"
#include "tests/unit/tls_traces.h"

#include "analyze/proto/tls_seal.h"

#define SAY(play, direction, bytes) play_say(play, direction, bytes, sizeof bytes)

static const uint8_t *counting(void)
{
    static uint8_t bytes[50];
    for (uint8_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    return bytes;
}

static void check_13(const struct connection *c)
{
    assert_rung(c, RDPATH_STAGE_TLS_HELLO, 3, false);
    assert_rung(c, RDPATH_STAGE_TLS_SERVER_FLIGHT, 5, false);
    assert_rung(c, RDPATH_STAGE_TLS_DONE, 6, false);
    assert_true(c->tls.server_flight_whole);
    assert_non_null(c->tls.certificate);
    assert_string_equal(c->tls.certificate->subject, "CN=rsa");
    assert_int_equal(c->tls.certificate->frame, 5);
    assert_false(c->tls.encrypted_alert);
    assert_int_equal(c->tls.n_alerts, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(c->tls.alerts[i].direction, i == 0 ? CLIENT : SERVER);
        assert_int_equal(c->tls.alerts[i].description, 0);
        assert_int_equal(c->tls.alerts[i].level, 1);
        assert_int_equal(c->encrypted_records[i], 1);
        assert_int_equal(ears[i].n_records, 1);
        assert_int_equal(ears[i].len, 50);
        assert_memory_equal(ears[i].bytes, counting(), 50);
        assert_int_equal(ears[i].n_gaps, 0);
    }
    ears_clear();
}

static void opens_rfc_8448(void **state)
{
    (void)state;
    struct play p = {0};
    struct secrets *secrets = secrets_of(trace_13_keylog);
    play_negotiate(&p, 1, 1);
    SAY(&p, CLIENT, trace_13_client_hello);
    SAY(&p, SERVER, trace_13_server_hello);
    SAY(&p, SERVER, trace_13_flight);
    SAY(&p, CLIENT, trace_13_client_finished);
    SAY(&p, SERVER, trace_13_ticket);
    SAY(&p, CLIENT, trace_13_client_data);
    SAY(&p, SERVER, trace_13_server_data);
    SAY(&p, CLIENT, trace_13_client_alert);
    SAY(&p, SERVER, trace_13_server_alert);
    ears_clear();
    stage_secrets = secrets;
    play_in_every_way(&p, check_13);
    stage_secrets = NULL;
    secrets_free(secrets);
}

/* RFC 8448 section 3: "derive write traffic keys". */
static void derives_the_keys_of_rfc_8448(void **state)
{
    static const uint8_t key[] = {0x3f, 0xce, 0x51, 0x60, 0x09, 0xc2, 0x17, 0x27,
                                  0xd0, 0xf2, 0xe4, 0xe8, 0x6e, 0xe4, 0x03, 0xbc};
    static const uint8_t iv[] = {0x5d, 0x31, 0x3e, 0xb2, 0x67, 0x12,
                                 0x76, 0xee, 0x13, 0x00, 0x0b, 0x30};
    static const uint8_t secret[] = {0xb6, 0x7b, 0x7d, 0x69, 0x0c, 0xc1, 0x6c, 0x4e,
                                     0x75, 0xe5, 0x42, 0x13, 0xcb, 0x2d, 0x37, 0xb4,
                                     0xe9, 0xc9, 0x12, 0xbc, 0xde, 0xd9, 0x10, 0x5d,
                                     0x42, 0xbe, 0xfd, 0x59, 0xd3, 0x91, 0xad, 0x38};
    struct tls_suite suite;
    struct tls_keys keys = {0};
    (void)state;
    assert_true(tls_suite_of(TLS_1_3, 0x1301, &suite));
    assert_true(tls_derive_traffic(&suite, reader_of(secret, sizeof secret, READER_END), &keys));
    assert_memory_equal(keys.key, key, sizeof key);
    assert_memory_equal(keys.iv, iv, sizeof iv);
}

static struct seal seal_12(enum rdpath_direction direction)
{
    uint8_t client_random[32], server_random[32];
    struct seal s = {0};
    for (uint8_t i = 0; i < 32; i++) {
        client_random[i] = i;
        server_random[i] = (uint8_t)(0x70 + i);
    }
    struct tls_master master = {reader_of(trace_12_master, sizeof trace_12_master, READER_END),
                                client_random, server_random};
    assert_true(tls_suite_of(TLS_1_2, 0xc013, &s.suite));
    assert_true(tls_derive_block(&s.suite, &master, direction, &s.keys));
    assert_true(seal_begin(&s));
    return s;
}

/* The Finished was record number 0, and was not given. */
static void opens_tls_12(void **state)
{
    const uint8_t *const records[] = {trace_12_client_data, trace_12_server_data};
    const char *const said[] = {"ping", "pong"};
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct seal s = seal_12((enum rdpath_direction)way);
        uint8_t plain[64];
        struct sealed_record r = {records[way], reader_of(records[way] + 5, 48, READER_END)};
        struct opened_record out = {.plain = plain};
        assert_true(seal_open(&s, &r, &out));
        assert_int_equal(out.type, APPLICATION);
        assert_int_equal(out.missed, 1);
        assert_int_equal(out.len, 4);
        assert_memory_equal(plain, said[way], 4);
        assert_int_equal(s.number, 2);
        assert_false(seal_open(&s, &r, &out)); /* it is not record number 2 or any later one */
        seal_wipe(&s);
    }
}

/* Any bit that is wrong, of header, body or keys, and nothing is said. */
static void never_says_what_was_not_said(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 53 * 8; bit++) {
        uint8_t bytes[53], plain[64];
        struct seal s = seal_12(RDPATH_TO_SERVER);
        memcpy(bytes, trace_12_client_data, sizeof bytes);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct sealed_record r = {bytes, reader_of(bytes + 5, 48, READER_END)};
        struct opened_record out = {.plain = plain};
        bool length = bit >= 24 && bit < 40; /* which the MAC replaces by the plain length */
        assert_int_equal(seal_open(&s, &r, &out), length);
        seal_wipe(&s);
    }
}

static void knows_what_it_opens(void **state)
{
    static const struct {
        uint16_t version, cipher;
        bool known;
    } cases[] = {
        {TLS_1_2, 0xc02f, true},  {TLS_1_2, 0xcca8, true},  {TLS_1_2, 0xc028, true},
        {TLS_1_0, 0x0035, true},  {TLS_1_3, 0x1303, true},  {TLS_1_1, 0xc02f, false},
        {TLS_1_3, 0xc02f, false}, {TLS_1_2, 0x1301, false}, {TLS_1_2, 0x0005, false},
        {TLS_1_3, 0x1304, false}, {0x0300, 0x0035, false},  {TLS_1_2, 0xffff, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_suite suite;
        assert_int_equal(tls_suite_of(cases[i].version, cases[i].cipher, &suite), cases[i].known);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_rfc_8448),      cmocka_unit_test(derives_the_keys_of_rfc_8448),
        cmocka_unit_test(opens_tls_12),        cmocka_unit_test(never_says_what_was_not_said),
        cmocka_unit_test(knows_what_it_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
