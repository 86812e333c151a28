/* SPDX-License-Identifier: Apache-2.0 */
/* What a probe says to a server, how a target is written, and what follows from what was found. */
#include "tests/unit/frames.h"

#include "analyze/proto/rdpeudp.h"
#include "capture/probe.h"
#include "capture/probe_bytes.h"
#include "capture/probe_target.h"

/* ---- bytes ----------------------------------------------------------------------------------- */

static void bytes_are(const uint8_t *bytes, const char *hex)
{
    struct build b = {.len = 0};
    put_hex(&b, hex);
    assert_memory_equal(bytes, b.bytes, b.len);
}

/* [MS-RDPBCGR] 4.1.1, without the cookie, with requestedProtocols 3 */
static void the_request_is_that_of_the_specification(void **state)
{
    uint8_t request[PROBE_REQUEST_LEN];
    (void)state;
    bytes_x224_request(request, 3);
    bytes_are(request, "03 00 00 13 0e e0 00 00 00 00 00 01 00 08 00 03 00 00 00");
}

static enum probe_confirm confirm(const char *hex, uint32_t *selected, uint32_t *failure)
{
    struct build b = {.len = 0};
    put_hex(&b, hex);
    return bytes_read_confirm(b.bytes, b.len, selected, failure);
}

/* [MS-RDPBCGR] 2.2.1.2.1 and 2.2.1.2.2 */
static void a_confirm_is_read(void **state)
{
    uint32_t selected, failure;
    (void)state;
    assert_int_equal(confirm("03 00 00 13 0e d0 00 00 12 34 00 02 1f 08 00 02 00 00 00", &selected,
                             &failure),
                     PROBE_CONFIRM_RDP);
    assert_int_equal(selected, 2);
    assert_int_equal(failure, 0);
    assert_int_equal(confirm("03 00 00 13 0e d0 00 00 12 34 00 03 00 08 00 05 00 00 00", &selected,
                             &failure),
                     PROBE_CONFIRM_RDP);
    assert_int_equal(failure, 5);
    assert_int_equal(confirm("03 00 00 0b 06 d0 00 00 12 34 00", &selected, &failure),
                     PROBE_CONFIRM_RDP);
    assert_int_equal(confirm("03 00 00 13 0e d0 00", &selected, &failure), PROBE_CONFIRM_MORE);
    assert_int_equal(confirm("53 53 48 2d 32 2e 30", &selected, &failure), PROBE_CONFIRM_FOREIGN);
}

/* RFC 8446, 5.1 and 4: the three lengths of a record; padding (RFC 7685) up to the last byte. */
static void a_client_hello_has_the_length_that_was_wanted(void **state)
{
    static uint8_t hello[PROBE_HELLO_MAX];
    (void)state;
    for (size_t len = PROBE_HELLO_MIN; len <= PROBE_HELLO_MAX; len += 97) {
        struct probe_hello h = {.tls13 = len % 2, .name = len % 3 ? "rds01.corp.example" : NULL};
        bytes_client_hello(hello, len, &h);
        struct reader r = reader_of(hello, len, READER_END);
        assert_int_equal(reader_u8(&r), 22);
        reader_skip(&r, 2);
        assert_int_equal(reader_be16(&r), len - 5);
        assert_int_equal(reader_u8(&r), 1);
        assert_int_equal(reader_be24(&r), len - 9);
        reader_skip(&r, 2 + 32);
        reader_skip(&r, reader_u8(&r));
        reader_skip(&r, reader_be16(&r));
        reader_skip(&r, reader_u8(&r));
        uint16_t extensions_len = reader_be16(&r);
        assert_int_equal(extensions_len, r.left);
        uint16_t type = 0;
        while (r.left && reader_ok(&r)) {
            type = reader_be16(&r);
            reader_skip(&r, reader_be16(&r));
        }
        assert_true(reader_ok(&r));
        assert_int_equal(type, 21);
    }
}

/* [MS-RDPEUDP] 2.2.2.1, 2.2.2.5, 2.2.2.9, as the analysis reads it. */
static void the_datagram_is_a_syn(void **state)
{
    uint8_t syn[PROBE_SYN_PAYLOAD_MAX];
    struct rdpeudp u;
    (void)state;
    bytes_udp_syn(syn, sizeof syn, 0x01020304);
    assert_true(rdpeudp_read(reader_of(syn, sizeof syn, READER_END), &u));
    bytes_are(syn, "ff ff ff ff 00 40 10 01 01 02 03 04 04 d0 04 d0 00 01 00 02");
}

/* ---- targets --------------------------------------------------------------------------------- */

static void targets_are_read(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port; /* 0: it is no target */
    } cases[] = {
        {"rds01", "rds01", 3389},
        {"rds01:3390", "rds01", 3390},
        {"10.0.0.2:1", "10.0.0.2", 1},
        {"2001:db8::1", "2001:db8::1", 3389},
        {"[2001:db8::1]", "2001:db8::1", 3389},
        {"[2001:db8::1]:3390", "2001:db8::1", 3390},
        {"", NULL, 0},
        {":3389", NULL, 0},
        {"rds01:", NULL, 0},
        {"rds01:0", NULL, 0},
        {"rds01:65536", NULL, 0},
        {"rds01:+1", NULL, 0},
        {"[::1", NULL, 0},
        {"[::1]x", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct probe_target t;
        assert_int_equal(target_parse(&t, cases[i].text), cases[i].port != 0);
        if (!cases[i].port)
            continue;
        assert_string_equal(t.host, cases[i].host);
        assert_int_equal(t.port, cases[i].port);
    }
}

/* ---- judging --------------------------------------------------------------------------------- */

static const int64_t now_s = 1750000000;

static struct rdpath_probe well(void)
{
    struct rdpath_probe_way way = {.mtu = {1500, 0}, .exact = true, .ceiling = 1500};
    return (struct rdpath_probe){
        .host = "rds01",
        .address = "10.0.0.2",
        .port = 3389,
        .interface = "eth0",
        .interface_mtu = 1500,
        .rtt_ns = 1000000,
        .connect_ns = 1000000,
        .path = {way, way},
        .protocols = {{.requested = 3, .answered = true, .is_rdp = true, .selected = 2}},
        .n_protocols = 1,
        .tls = {.present = true, .version = 0x0303},
    };
}

static void finds(struct rdpath_probe *r, const char *id, enum rdpath_probe_status status)
{
    probe_judge(r, now_s);
    assert_int_equal(r->status, status);
    assert_int_equal(r->n_findings, id != NULL);
    if (id)
        assert_string_equal(r->findings[0].id, id);
}

static void what_is_well_is_left_alone(void **state)
{
    struct rdpath_probe r = well();
    (void)state;
    finds(&r, NULL, RDPATH_PROBE_WELL);
    assert_int_equal(r.set_mtu, 0);
    assert_int_equal(r.n_advice, 0);
}

static void a_limit_that_the_sender_knows_is_no_black_hole(void **state)
{
    struct rdpath_probe_way way = {.mtu = {1400, 1401},
                                   .exact = true,
                                   .ceiling = 1500,
                                   .knows = true};
    struct rdpath_probe r = well();
    (void)state;
    r.path[RDPATH_TO_SERVER] = way;
    finds(&r, "path-limit", RDPATH_PROBE_LIMITED);
    assert_int_equal(r.set_mtu, 1400);
    assert_int_equal(r.set_mss, 1360);
    way.knows = false;
    r = well();
    r.path[RDPATH_TO_SERVER] = way;
    finds(&r, "pmtu-black-hole", RDPATH_PROBE_FAULT);
}

static void an_open_bracket_accuses_nobody(void **state)
{
    struct rdpath_probe r = well();
    (void)state;
    r.path[RDPATH_TO_CLIENT] =
        (struct rdpath_probe_way){.mtu = {1280, 0}, .ceiling = 1500, .why = "a short flight"};
    finds(&r, NULL, RDPATH_PROBE_OPEN);
}

/* UDP shows 1260 at most: of the direction without a limit no more was measured. */
static void what_was_not_measured_lowers_no_setting(void **state)
{
    struct rdpath_probe r = well();
    (void)state;
    r.path[RDPATH_TO_SERVER] =
        (struct rdpath_probe_way){.mtu = {1260, 0}, .ceiling = 1500, .why = "no answer"};
    r.path[RDPATH_TO_CLIENT] =
        (struct rdpath_probe_way){.mtu = {1400, 1401}, .exact = true, .ceiling = 1500};
    finds(&r, "pmtu-black-hole", RDPATH_PROBE_FAULT);
    assert_int_equal(r.set_mtu, 1400);
}

static void a_wide_bracket_is_told_with_both_its_ends(void **state)
{
    struct rdpath_probe r = well();
    (void)state;
    r.path[RDPATH_TO_SERVER] =
        (struct rdpath_probe_way){.mtu = {1280, 1401}, .ceiling = 1500, .why = "no time"};
    finds(&r, "pmtu-black-hole", RDPATH_PROBE_FAULT);
    assert_non_null(strstr(r.findings[0].text, "N bytes (N is 1280 to 1400)"));
    assert_int_equal(r.set_mtu, 1280);
}

/* Nothing tells its own interface from a limit that it learned: the answer is the same. */
static void a_server_that_sends_less_is_a_limit(void **state)
{
    struct rdpath_probe r = well();
    (void)state;
    r.path[RDPATH_TO_CLIENT] =
        (struct rdpath_probe_way){.mtu = {1400, 0}, .exact = true, .ceiling = 1400, .knows = true};
    finds(&r, "path-limit", RDPATH_PROBE_LIMITED);
}

static void dates_are_compared(void **state)
{
    struct rdpath_certificate c = {.not_before_s = now_s - 10, .not_after_s = now_s + 10};
    struct rdpath_probe r = well();
    (void)state;
    r.tls.certificate = &c;
    finds(&r, NULL, RDPATH_PROBE_WELL);
    c.not_after_s = now_s - 1;
    finds(&r, "certificate-expired", RDPATH_PROBE_FAULT);
    c = (struct rdpath_certificate){.not_before_s = now_s + 5, .not_after_s = now_s + 10};
    r = well();
    r.tls.certificate = &c;
    finds(&r, "certificate-not-yet-valid", RDPATH_PROBE_FAULT);
}

static void a_connection_that_fails_is_named(void **state)
{
    struct rdpath_probe r = well();
    (void)state;
    r.connect_ns = RDPATH_UNKNOWN;
    r.n_protocols = 0;
    finds(&r, "connect-unanswered", RDPATH_PROBE_FAULT);
    r = well();
    r.connect_ns = RDPATH_UNKNOWN;
    r.refused = true;
    finds(&r, "connect-refused", RDPATH_PROBE_FAULT);
    r = well();
    r.protocols[0] = (struct rdpath_probe_protocol){.requested = 3};
    finds(&r, "server-silent", RDPATH_PROBE_FAULT);
    r = well();
    r.protocols[0] = (struct rdpath_probe_protocol){.requested = 3, .answered = true};
    finds(&r, "not-rdp", RDPATH_PROBE_FAULT);
    r = well();
    r.rtt_ns = r.connect_ns = RDPATH_UNKNOWN;
    finds(&r, NULL, RDPATH_PROBE_UNANSWERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_that_of_the_specification),
        cmocka_unit_test(a_confirm_is_read),
        cmocka_unit_test(a_client_hello_has_the_length_that_was_wanted),
        cmocka_unit_test(the_datagram_is_a_syn),
        cmocka_unit_test(targets_are_read),
        cmocka_unit_test(what_is_well_is_left_alone),
        cmocka_unit_test(a_limit_that_the_sender_knows_is_no_black_hole),
        cmocka_unit_test(an_open_bracket_accuses_nobody),
        cmocka_unit_test(what_was_not_measured_lowers_no_setting),
        cmocka_unit_test(a_wide_bracket_is_told_with_both_its_ends),
        cmocka_unit_test(a_server_that_sends_less_is_a_limit),
        cmocka_unit_test(dates_are_compared),
        cmocka_unit_test(a_connection_that_fails_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
