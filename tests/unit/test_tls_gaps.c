/* SPDX-License-Identifier: Apache-2.0 */
/* TLS where the capture does not hold every byte. */
#include "tests/unit/tls_play.h"

/* Plays p, but leaves the bytes from..to of one line out. */
static void play_with_gap(struct stage *s, const struct play *p, uint32_t line,
                          const uint32_t gap[2])
{
    stage_open(s);
    for (uint32_t i = 0; i < p->n_lines; i++) {
        const struct line *l = &p->lines[i];
        const uint8_t *bytes = p->bytes + l->off;
        uint32_t from = i == line ? gap[0] : l->len, to = i == line ? gap[1] : l->len;
        dialog_bytes(s->dialog, l->direction, reader_of(bytes, from, READER_MORE), moment_of(i));
        dialog_gap(s->dialog, l->direction, to - from, moment_of(i));
        dialog_bytes(s->dialog, l->direction, reader_of(bytes + to, l->len - to, READER_MORE),
                     moment_of(i));
    }
}

/* Whatever is missing of the server's flight, the handshake ends and the flight is not whole. */
static void a_gap_in_the_flight_is_told(void **state)
{
    struct play p = {0};
    (void)state;
    say_handshake_12(&p);
    uint32_t len = p.lines[3].len;
    for (uint32_t from = 0; from + 7 < len; from += 5) {
        for (uint32_t n = 1; n <= 512 && from + n <= len; n *= 8) {
            struct stage s;
            play_with_gap(&s, &p, 3, (const uint32_t[]){from, from + n});
            assert_false(s.connection.tls.server_flight_whole);
            assert_rung(&s.connection, RDPATH_STAGE_TLS_SERVER_FLIGHT, 5, true);
            assert_non_null(rung_of(&s.connection, RDPATH_STAGE_TLS_DONE));
            stage_close(&s);
        }
    }
}

static void a_gap_in_the_hello_is_told(void **state)
{
    struct play p = {0};
    struct stage s;
    (void)state;
    say_handshake_12(&p);
    play_with_gap(&s, &p, 2, (const uint32_t[]){30, 40});
    assert_false(s.connection.tls.client_hello_whole);
    assert_rung(&s.connection, RDPATH_STAGE_TLS_HELLO, 4, true); /* the server's answer tells */
    assert_true(s.connection.tls.server_flight_whole);
    stage_close(&s);
}

/* Inside a record the walk goes on; behind it, it starts again with a chunk that is a record. */
static void the_walk_goes_on_behind_a_gap(void **state)
{
    struct play p = {0};
    struct stage s;
    static const uint8_t noise[] = {0x17, 0x03, 0x09, 0x00, 0x10, 0x55};
    (void)state;
    say_handshake_12(&p);
    play_line(&p, SERVER);
    say_opaque(&p, APPLICATION, 4000);
    say_opaque(&p, APPLICATION, 50);
    play_with_gap(&s, &p, 6, (const uint32_t[]){100, 3900});
    assert_int_equal(s.connection.encrypted_records[SERVER], 2);
    struct reader again = reader_of(p.bytes + p.lines[6].off, 4005, READER_MORE);
    dialog_gap(s.dialog, SERVER, 777, moment_of(9));
    dialog_bytes(s.dialog, SERVER, again, moment_of(9));
    assert_int_equal(s.connection.encrypted_records[SERVER], 3);
    dialog_gap(s.dialog, SERVER, 777, moment_of(9));
    dialog_bytes(s.dialog, SERVER, reader_of(noise, sizeof noise, READER_MORE), moment_of(9));
    dialog_bytes(s.dialog, SERVER, again, moment_of(9));
    assert_int_equal(s.connection.encrypted_records[SERVER], 4);
    stage_close(&s);
}

static void check_mid_stream(const struct connection *c)
{
    assert_int_equal(c->n_rungs, 0);
    assert_false(c->tls.present);
    assert_int_equal(c->encrypted_records[CLIENT], 3);
}

static void the_middle_of_a_session_tells_nothing(void **state)
{
    (void)state;
    struct play p = {0};
    play_line(&p, CLIENT);
    for (int i = 0; i < 3; i++)
        say_opaque(&p, APPLICATION, 36);
    play_in_every_way(&p, check_mid_stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_in_the_flight_is_told),
        cmocka_unit_test(a_gap_in_the_hello_is_told),
        cmocka_unit_test(the_walk_goes_on_behind_a_gap),
        cmocka_unit_test(the_middle_of_a_session_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
