/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proxy's handshake before RDP: SOCKS 5 (RFC 1928, RFC 1929), SOCKS 4 and 4A, HTTP CONNECT
 * (RFC 9110), each followed by the negotiation. What is expected stands in those documents.
 */
#include "tests/unit/dialog_play.h"

static const enum rdpath_direction CLIENT = RDPATH_TO_SERVER, SERVER = RDPATH_TO_CLIENT;

/* Every line is played whole up to the first of its side, which is how a proxy is recognised, then
   in pieces of each size. */
static void play_proxied(const struct play *p, void (*check)(const struct connection *))
{
    for (size_t piece = 1; piece <= 70; piece++) {
        struct stage s;
        stage_open_for(&s, p);
        for (uint32_t i = 0; i < p->n_lines; i++) {
            struct play line = *p;
            line.lines[0] = p->lines[i];
            line.n_lines = 1;
            bool first = i == 0 || p->bytes[p->lines[i].off] == 'C';
            stage_play(&s, &line, first ? PLAY_MAX : piece, first ? PLAY_MAX : piece);
        }
        check(&s.connection);
        stage_close(&s);
    }
}

static void say_text(struct play *p, enum rdpath_direction direction, const char *text)
{
    play_say(p, direction, text, strlen(text));
}

static void check_negotiated(const struct connection *c)
{
    assert_int_equal(connection_stage(c), RDPATH_STAGE_X224_CONFIRM);
    assert_int_equal(c->rdp.requested, 3);
    assert_int_equal(c->rdp.selected, 2);
    assert_false(c->not_rdp);
    assert_false(c->proxy.refused);
    assert_non_null(c->proxy.target);
}

/* ---- SOCKS 5 --------------------------------------------------------------------------------- */

static const uint8_t greeting[] = {5, 1, 0}, method[] = {5, 0};
static const uint8_t granted[] = {5, 0, 0, 1, 0, 0, 0, 0, 0, 0};

static void check_address(const struct connection *c)
{
    check_negotiated(c);
    assert_int_equal(c->proxy.kind, PROXY_SOCKS5);
    assert_string_equal(c->proxy.target, "203.0.113.20:3389");
}

static void socks5_to_an_address(void **state)
{
    static const uint8_t request[] = {5, 1, 0, 1, 203, 0, 113, 20, 0x0d, 0x3d};
    struct play p = {0};
    (void)state;
    play_say(&p, CLIENT, greeting, sizeof greeting);
    play_say(&p, SERVER, method, sizeof method);
    play_say(&p, CLIENT, request, sizeof request);
    play_say(&p, SERVER, granted, sizeof granted);
    play_negotiate(&p, 3, 2);
    play_proxied(&p, check_address);
}

/* On a port that nobody named the request itself is what is noticed first. */
static void socks5_joined_at_its_request(void **state)
{
    static const uint8_t request[] = {5, 1, 0, 1, 203, 0, 113, 20, 0x0d, 0x3d};
    struct play p = {0};
    (void)state;
    play_say(&p, CLIENT, request, sizeof request);
    play_say(&p, SERVER, granted, sizeof granted);
    play_negotiate(&p, 3, 2);
    play_proxied(&p, check_address);
}

static void check_name(const struct connection *c)
{
    check_negotiated(c);
    assert_string_equal(c->proxy.target, "rds?01:3390");
}

/* With a user and a password, to a name that holds a byte that no name has; the proxy's own address
   comes back as IPv6. */
static void socks5_with_a_password(void **state)
{
    static const uint8_t greetings[] = {5, 2, 0, 2}, choice[] = {5, 2};
    static const uint8_t login[] = {1, 3, 'b', 'o', 'b', 4, 'p', 'a', 's', 's'}, welcome[] = {1, 0};
    static const uint8_t request[] = {5, 1, 0, 3, 6, 'r', 'd', 's', '\n', '0', '1', 0x0d, 0x3e};
    uint8_t reply[22] = {5, 0, 0, 4};
    struct play p = {0};
    (void)state;
    play_say(&p, CLIENT, greetings, sizeof greetings);
    play_say(&p, SERVER, choice, sizeof choice);
    play_say(&p, CLIENT, login, sizeof login);
    play_say(&p, SERVER, welcome, sizeof welcome);
    play_say(&p, CLIENT, request, sizeof request);
    play_say(&p, SERVER, reply, sizeof reply);
    play_negotiate(&p, 3, 2);
    play_proxied(&p, check_name);
}

static void check_refused(const struct connection *c)
{
    assert_true(c->proxy.refused);
    assert_false(c->not_rdp);
    assert_string_equal(c->proxy.target, "[2001:db8::1]:3389");
    assert_int_equal(c->proxy.code, 5); /* connection refused */
    assert_true(c->proxy.answered.frame > 0);
}

static void socks5_is_refused(void **state)
{
    static const uint8_t request[22] = {5, 1, 0, 4, 0x20, 0x01, 0x0d, 0xb8, [19] = 1, 0x0d, 0x3d};
    static const uint8_t refused[] = {5, 5, 0, 1, 0, 0, 0, 0, 0, 0};
    struct play p = {0};
    (void)state;
    play_say(&p, CLIENT, greeting, sizeof greeting);
    play_say(&p, SERVER, method, sizeof method);
    play_say(&p, CLIENT, request, sizeof request);
    play_say(&p, SERVER, refused, sizeof refused);
    play_proxied(&p, check_refused);
}

/* ---- SOCKS 4 --------------------------------------------------------------------------------- */

static void check_socks4(const struct connection *c)
{
    check_negotiated(c);
    assert_int_equal(c->proxy.kind, PROXY_SOCKS4);
    assert_int_equal(c->proxy.code, 0x5a);
}

static void socks4_to_an_address_and_a_name(void **state)
{
    static const uint8_t address[] = {4, 1, 0x0d, 0x3d, 203, 0, 113, 20, 'b', 'o', 'b', 0};
    static const uint8_t name[] = {4, 1, 0x0d, 0x3d, 0, 0, 0, 1, 'b', 0, 'r', 'd', 's', 0};
    static const uint8_t reply[] = {0, 0x5a, 0, 0, 0, 0, 0, 0};
    struct play p = {0}, q = {0};
    (void)state;
    play_say(&p, CLIENT, address, sizeof address);
    play_say(&p, SERVER, reply, sizeof reply);
    play_negotiate(&p, 3, 2);
    play_proxied(&p, check_socks4);
    play_say(&q, CLIENT, name, sizeof name);
    play_say(&q, SERVER, reply, sizeof reply);
    play_negotiate(&q, 3, 2);
    play_proxied(&q, check_socks4);
    struct stage s;
    stage_play_whole(&s, &q);
    assert_string_equal(s.connection.proxy.target, "rds:3389");
    stage_close(&s);
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

#define CONNECT "CONNECT rds01.corp.example:3389 HTTP/1.1\r\nHost: rds01.corp.example:3389\r\n"

static void check_http(const struct connection *c)
{
    check_negotiated(c);
    assert_int_equal(c->proxy.kind, PROXY_HTTP);
    assert_int_equal(c->proxy.code, 200);
    assert_string_equal(c->proxy.target, "rds01.corp.example:3389");
}

static void http_connects(void **state)
{
    struct play p = {0};
    (void)state;
    say_text(&p, CLIENT, CONNECT "\r\n");
    say_text(&p, SERVER, "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n");
    play_negotiate(&p, 3, 2);
    play_proxied(&p, check_http);
}

/* The proxy wants a password first (RFC 9110 section 15.5.8), on the same connection. */
static void http_asks_for_a_password(void **state)
{
    struct play p = {0};
    struct stage s;
    (void)state;
    say_text(&p, CLIENT, CONNECT "\r\n");
    say_text(&p, SERVER,
             "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno\n");
    say_text(&p, CLIENT, CONNECT "Proxy-Authorization: Basic Ym9iOnBhc3M=\r\n\r\n");
    say_text(&p, SERVER, "HTTP/1.1 200 OK\r\n\r\n");
    play_negotiate(&p, 3, 2);
    stage_play_whole(&s, &p);
    check_http(&s.connection);
    assert_int_equal(s.connection.proxy.n_requests, 2);
    assert_int_equal(s.connection.proxy.at.frame, 1);
    stage_close(&s);
}

static void check_forbidden(const struct connection *c)
{
    assert_true(c->proxy.refused);
    assert_int_equal(c->proxy.code, 403);
    assert_false(c->not_rdp);
}

static void http_refuses(void **state)
{
    struct play p = {0};
    (void)state;
    say_text(&p, CLIENT, CONNECT "\r\n");
    say_text(&p, SERVER, "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n");
    play_proxied(&p, check_forbidden);
}

/* ---- an RD Gateway in clear, and what is neither --------------------------------------------- */

static void a_gateway_is_named(void **state)
{
    static const char *const methods[] = {"RDG_OUT_DATA", "RDG_IN_DATA", "RPC_OUT_DATA",
                                          "RPC_IN_DATA"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct play p = {0};
        struct stage s;
        say_text(&p, CLIENT, methods[i]);
        play_add(&p, " /remoteDesktopGateway/ HTTP/1.1\r\n\r\n", 36);
        say_text(&p, SERVER, "HTTP/1.1 401 Unauthorized\r\n\r\n");
        stage_play_whole(&s, &p);
        assert_string_equal(s.connection.gateway_method, methods[i]);
        assert_int_equal(s.connection.gateway_at.frame, 1);
        assert_int_equal(s.connection.gateway_code, 401);
        assert_false(connection_gateway_took(&s.connection));
        assert_false(s.connection.not_rdp);
        stage_close(&s);
    }
}

static void check_plain(const struct connection *c)
{
    assert_int_equal(connection_stage(c), RDPATH_STAGE_X224_CONFIRM);
    assert_int_equal(c->proxy.kind, PROXY_NONE);
}

/* A pre-connection PDU [MS-RDPEPS 2.2.1.2] of 261 bytes begins with the bytes of a greeting. */
static void a_preconnection_pdu_is_no_greeting(void **state)
{
    static const uint8_t head[] = {0x05, 0x01, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 121, 0};
    struct play p = {0};
    (void)state;
    play_say(&p, CLIENT, head, sizeof head);
    play_fill(&p, 'x', 261 - sizeof head);
    play_negotiate(&p, 3, 2);
    struct stage s;
    stage_play_whole(&s, &p);
    check_plain(&s.connection);
    stage_close(&s);
}

/* However often a client asks, what is kept is bounded. */
static void endless_requests_end(void **state)
{
    struct play p = {0};
    struct stage s;
    (void)state;
    for (int i = 0; i < 40; i++) {
        say_text(&p, CLIENT, CONNECT "\r\n");
        say_text(&p, SERVER, "HTTP/1.1 407 No\r\n\r\n");
    }
    stage_play_whole(&s, &p);
    assert_int_equal(s.connection.proxy.n_requests, PROXY_REQUESTS_MAX);
    stage_close(&s);
}

/* Requests to port 3389, 0x0d3d, and what is none. */
static void a_request_for_rdp_is_recognized(void **state)
{
#define BYTES(text) text, sizeof text - 1
    static const struct {
        const char *bytes;
        size_t len;
        bool is;
    } rows[] = {
        {BYTES("CONNECT rds01.corp.example:3389 HTTP/1.1\r\nHost: rds01\r\n\r\n"), true},
        {BYTES("CONNECT [2001:db8::5]:3389 HTTP/1.1\r\n\r\n"), true},
        {BYTES("CONNECT rds01.corp.example:33890 HTTP/1.1\r\n\r\n"), false},
        {BYTES("CONNECT www.example.com:443 HTTP/1.1\r\n\r\n"), false},
        {BYTES("CONNECT :3389 HTTP/1.1\r\n\r\n"), false},
        {BYTES("CONNECT rds01:3389"), false},
        {BYTES("COOL rds01:3389 HTTP/1.1\r\n\r\n"), false},
        {BYTES("\5\1\0\1\xcb\0\x71\x14\x0d\x3d"), true},
        {BYTES("\5\1\0\3\5rds01\x0d\x3d"), true},
        {BYTES("\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\5\x0d\x3d"), true},
        {BYTES("\5\1\0\1\xcb\0\x71\x14\1\xbb"), false},
        {BYTES("\5\1\0\1\xcb\0\x71\x14\x0d\x3d\0"), false},
        {BYTES("\5\1\0\2\xcb\0\x71\x14\x0d\x3d"), false},
        {BYTES("\5\2\0\1\xcb\0\x71\x14\x0d\x3d"), false},
        {BYTES("\5\1\0"), false},
        {BYTES("\4\1\x0d\x3d\xcb\0\x71\x14\0"), true},
        {BYTES("\4\1\1\xbb\xcb\0\x71\x14\0"), false},
        {BYTES("\4\2\x0d\x3d\xcb\0\x71\x14\0"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%zu\n", i);
        assert_int_equal(proxy_is_request(reader_of(rows[i].bytes, rows[i].len, READER_END)),
                         rows[i].is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(socks5_to_an_address),
        cmocka_unit_test(socks5_joined_at_its_request),
        cmocka_unit_test(a_request_for_rdp_is_recognized),
        cmocka_unit_test(socks5_with_a_password),
        cmocka_unit_test(socks5_is_refused),
        cmocka_unit_test(socks4_to_an_address_and_a_name),
        cmocka_unit_test(http_connects),
        cmocka_unit_test(http_asks_for_a_password),
        cmocka_unit_test(http_refuses),
        cmocka_unit_test(a_gateway_is_named),
        cmocka_unit_test(a_preconnection_pdu_is_no_greeting),
        cmocka_unit_test(endless_requests_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
