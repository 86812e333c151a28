/* SPDX-License-Identifier: Apache-2.0 */
/* ClientHellos to port 443, built after RFC 5246 section 7.4.1.2 and RFC 6066 section 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/wire_play.h"

#include "analyze/gateways.h"
#include "analyze/proto/tls_hello.h"

#include <stdio.h>

enum { NAME_AT_MOST = 100 };

/* As a browser asks, and as mstsc asks a gateway: without TLS 1.3 (RFC 8446 section 4.2.1), as far
   as this segment goes where there is MORE. */
enum asker { BROWSER, MSTSC, MORE };

static struct build hello_of(const char *name, enum asker asker)
{
    struct build b = {0};
    unsigned len = (unsigned)strlen(name), versions = asker == BROWSER ? 9 : 0;
    unsigned extensions = 4 + 5 + len + versions;
    put_hex(&b, "16 03 01");
    put16(&b, 4 + 2 + 32 + 1 + 4 + 2 + 2 + extensions);
    put_hex(&b, "01 00");
    put16(&b, 2 + 32 + 1 + 4 + 2 + 2 + extensions);
    put_hex(&b, "03 03");
    for (int i = 0; i < 8; i++)
        put32(&b, 0x01020304);
    put_hex(&b, "00 00 02 c0 30 01 00"); /* session id, one cipher suite, no compression */
    put16(&b, extensions + (asker == MORE ? 9 : 0));
    if (versions)
        put_hex(&b, "00 2b 00 05 04 03 04 03 03");
    put_hex(&b, "00 00");
    put16(&b, 5 + len);
    put16(&b, 3 + len);
    put8(&b, 0);
    put16(&b, len);
    for (unsigned i = 0; i < len; i++)
        put8(&b, (uint8_t)name[i]);
    return b;
}

static void ask_with(struct gateways *all, struct build hello, uint16_t client_port, int64_t at_us)
{
    struct wire w = {.client_port = client_port, .server_port = HTTPS_PORT};
    struct line l = {.way = UP, .at_us = at_us, .seq = 1, .ack = 1, .len = (uint32_t)hello.len};
    l.payload = hello.bytes;
    struct rdpath_frame frame = wire_frame(&w, &l);
    struct packet p;
    assert_true(packet_decode(&frame, &p));
    gateways_hello(all, &p, RDPATH_REF(0, client_port));
}

/* One connection asks for that name. */
static void ask(struct gateways *all, const char *name, uint16_t client_port, int64_t at_us)
{
    ask_with(all, hello_of(name, BROWSER), client_port, at_us);
}

static uint32_t told(struct gateways *all, bool any_attempt)
{
    struct arena arena = {0};
    struct rdpath_observation list[GATEWAYS_TOLD_MAX];
    struct rdpath_input in = {.n_attempts = any_attempt};
    uint32_t n = gateways_observe(all, &in, &arena, list);
    for (uint32_t i = 0; i < n; i++)
        assert_string_equal(list[i].id, "gateway-seen");
    arena_free(&arena);
    return n;
}

static uint32_t told_of(const char *name, int n_connections)
{
    struct gateways *all = gateways_new();
    for (int i = 0; i < n_connections; i++)
        ask(all, name, (uint16_t)(50000 + i), i * MS);
    uint32_t n = told(all, false);
    gateways_free(all);
    return n;
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        uint32_t once, twice;
    } names[] = {
        {"rdgw01.corp.example", 1, 1},       {"RD-GW.corp.example", 0, 1},
        {"tsgateway.corp.example", 1, 1},    {"eu-rdgateway-r1.example.com", 1, 1},
        {"it-help-gw.ad.example.org", 0, 1}, {"remote.corp.example", 0, 1},
        {"www.example.com", 0, 0},           {"gwen.example.com", 0, 0},
        {"rdgraph.example.com", 0, 0},       {"", 0, 0},
        {"rdgw\x01.example", 0, 0},          {"<b>rdgw</b>.example", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        print_message("%s\n", names[i].name);
        assert_int_equal(told_of(names[i].name, 1), names[i].once);
        assert_int_equal(told_of(names[i].name, 2), names[i].twice);
    }
}

static void test_a_name_that_is_too_long(void **state)
{
    char name[NAME_AT_MOST + 2];
    (void)state;
    memset(name, 'a', sizeof name);
    memcpy(name, "rdgw.", 5);
    name[NAME_AT_MOST] = 0;
    assert_int_equal(told_of(name, 1), 1);
    name[NAME_AT_MOST] = 'a';
    name[NAME_AT_MOST + 1] = 0;
    assert_int_equal(told_of(name, 1), 0);
}

/* The IN and the OUT channel open together; a browser that comes back later is another visit. */
static void test_two_connections_far_apart(void **state)
{
    struct gateways *all = gateways_new();
    (void)state;
    ask(all, "gw.example.com", 50000, 0);
    ask(all, "gw.example.com", 50001, 6 * SECOND);
    assert_int_equal(told(all, false), 0);
    ask(all, "gw.example.com", 50002, 7 * SECOND);
    assert_int_equal(told(all, false), 1);
    gateways_free(all);
}

static void test_sent_again_is_one_connection(void **state)
{
    struct gateways *all = gateways_new();
    (void)state;
    ask(all, "gw.example.com", 50000, 0);
    ask(all, "gw.example.com", 50000, 300 * MS);
    assert_int_equal(told(all, false), 0);
    gateways_free(all);
}

/* Beside an attempt, a name that only may mean a gateway is no news. */
static void test_beside_an_attempt(void **state)
{
    struct gateways *all = gateways_new();
    (void)state;
    ask(all, "gw.example.com", 50000, 0);
    ask(all, "gw.example.com", 50001, MS);
    assert_int_equal(told(all, true), 0);
    ask(all, "rdgw.example.com", 50002, 2 * MS);
    assert_int_equal(told(all, true), 1);
    gateways_free(all);
}

/* More names than there is room for: no growth, and the newest is there. */
static void test_many_names(void **state)
{
    struct gateways *all = gateways_new();
    char name[32];
    (void)state;
    for (int i = 0; i < 3 * GATEWAYS_MAX; i++) {
        snprintf(name, sizeof name, "gw.host%d.example", i);
        ask(all, name, (uint16_t)(50000 + i), i * MS);
    }
    ask(all, name, 60000, SECOND);
    assert_int_equal(told(all, false), 1);
    gateways_free(all);
}

/* A name that may mean a gateway, and a ClientHello such as mstsc sends one: one connection is
   enough. */
static void test_one_connection_of_mstsc(void **state)
{
    static const struct {
        const char *name;
        enum asker asker;
        uint32_t alone, beside;
    } rows[] = {
        {"it-help-gw.ad.example.org", MSTSC, 1, 0},
        {"it-help-gw.ad.example.org", MORE, 0, 0},
        {"www.example.com", MSTSC, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gateways *all = gateways_new();
        ask_with(all, hello_of(rows[i].name, rows[i].asker), 50000, 0);
        assert_int_equal(told(all, false), rows[i].alone);
        assert_int_equal(told(all, true), rows[i].beside);
        gateways_free(all);
    }
}

/* Cut anywhere, it names nothing or the whole name, and reads no byte behind its end. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    for (enum asker asker = BROWSER; asker <= MSTSC; asker++) {
        struct build hello = hello_of("rdgw.example.com", asker);
        for (size_t len = 0; len <= hello.len; len++) {
            struct hello_glance glance;
            struct reader bytes = reader_of(hello.bytes, len, READER_END);
            bool found = tls_hello_glance(bytes, &glance);
            assert_int_equal(found, len == hello.len);
            assert_int_equal(glance.before_13, found && asker == MSTSC);
            if (found)
                assert_int_equal(glance.server_name.left, strlen("rdgw.example.com"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_name_that_is_too_long),
        cmocka_unit_test(test_two_connections_far_apart),
        cmocka_unit_test(test_sent_again_is_one_connection),
        cmocka_unit_test(test_beside_an_attempt),
        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_one_connection_of_mstsc),
        cmocka_unit_test(test_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
