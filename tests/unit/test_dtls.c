/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS records and handshake fragments, built after RFC 6347 sections 4.1 to 4.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyze/proto/dtls.h"

#include <string.h>

struct scene {
    struct connection connection;
    struct budget budget;
    struct dtls dtls;
    struct dialog *dialog;
    uint64_t frame;
};

struct buffer {
    uint8_t bytes[4096];
    size_t len;
};

static void scene_open(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->budget.limit = 1 << 20;
    s->dtls.held = &s->budget;
    s->dialog = s->dtls.dialog = dialog_new_inner(&s->connection, true);
}

static void scene_close(struct scene *s)
{
    dialog_free(s->dialog);
    dtls_free(&s->dtls);
    assert_int_equal(s->budget.used, 0);
    arena_free(&s->connection.arena);
}

static void put(struct buffer *b, uint64_t value, int n)
{
    while (n-- > 0)
        b->bytes[b->len++] = (uint8_t)(value >> (8 * n));
}

/* A record of DTLS 1.2: type, epoch, body. */
static void put_record(struct buffer *b, uint8_t type, uint16_t epoch, const struct buffer *body)
{
    put(b, type, 1);
    put(b, 0xfefd, 2);
    put(b, epoch, 2);
    put(b, 0, 6);
    put(b, body->len, 2);
    memcpy(b->bytes + b->len, body->bytes, body->len);
    b->len += body->len;
}

struct part {
    uint8_t type;
    uint16_t seq;
    uint32_t from, to;
};

/* A record with one fragment of a message. */
static void put_part(struct buffer *b, const struct buffer *message, const struct part *p)
{
    struct buffer body = {0};
    put(&body, p->type, 1);
    put(&body, message->len, 3);
    put(&body, p->seq, 2);
    put(&body, p->from, 3);
    put(&body, p->to - p->from, 3);
    memcpy(body.bytes + body.len, message->bytes + p->from, p->to - p->from);
    body.len += p->to - p->from;
    put_record(b, 22, 0, &body);
}

static void put_message(struct buffer *b, uint8_t type, uint16_t seq, const struct buffer *message)
{
    put_part(b, message, &(struct part){type, seq, 0, (uint32_t)message->len});
}

static void say(struct scene *s, enum rdpath_direction way, const struct buffer *b)
{
    struct moment at = {(int64_t)++s->frame * 1000000, s->frame};
    dtls_bytes(&s->dtls, way, reader_of(b->bytes, b->len, READER_END), at);
}

/* DTLS 1.2, a cookie of 4 bytes, one cipher suite, server_name "rds01". */
static struct buffer client_hello(void)
{
    static const uint8_t name[] = {0, 0, 0, 10, 0, 8, 0, 0, 5, 'r', 'd', 's', '0', '1'};
    struct buffer b = {0};
    put(&b, 0xfefd, 2);
    b.len += 32;
    put(&b, 0, 1);
    put(&b, 4, 1);
    put(&b, 0xcafecafe, 4);
    put(&b, 2, 2);
    put(&b, 0xc030, 2);
    put(&b, 0x0100, 2);
    put(&b, sizeof name, 2);
    memcpy(b.bytes + b.len, name, sizeof name);
    b.len += sizeof name;
    return b;
}

static struct buffer server_hello(void)
{
    struct buffer b = {0};
    put(&b, 0xfefd, 2);
    b.len += 32;
    put(&b, 0, 1);
    put(&b, 0xc030, 2);
    put(&b, 0, 1);
    return b;
}

static void reads_a_whole_handshake(void **state)
{
    struct scene s;
    struct buffer hello = client_hello(), answer = server_hello(), empty = {0}, cookie = {0};
    struct buffer one = {0}, two = {0}, three = {0}, four = {0}, five = {0}, finished = {.len = 40};
    (void)state;
    scene_open(&s);
    put_message(&one, 1, 0, &hello);
    say(&s, RDPATH_TO_SERVER, &one);
    put(&cookie, 0xfeff04cafecafe, 7);
    put_message(&two, 3, 0, &cookie); /* HelloVerifyRequest */
    say(&s, RDPATH_TO_CLIENT, &two);
    assert_int_equal(s.dtls.n_verify, 1);
    say(&s, RDPATH_TO_SERVER, &one);
    put_message(&three, 2, 1, &answer);
    put_message(&three, 14, 2, &empty);
    say(&s, RDPATH_TO_CLIENT, &three);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_TLS_SERVER_FLIGHT);
    put_message(&four, 16, 2, &cookie);
    put_record(&four, 22, 1, &finished);
    say(&s, RDPATH_TO_SERVER, &four);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_TLS_SERVER_FLIGHT);
    put_record(&five, 22, 1, &finished);
    say(&s, RDPATH_TO_CLIENT, &five);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_TLS_DONE);
    assert_int_equal(s.connection.tls.version, 0x0303);
    assert_int_equal(s.connection.tls.cipher, 0xc030);
    assert_int_equal(s.connection.tls.offered_max, 0x0303);
    assert_int_equal(s.connection.tls.server_name.len, 5);
    scene_close(&s);
}

/* [MS-RDPEMT 2.2.2] in TLS 1.2 with GCM: 28 + 24 and 8 + 24 bytes. */
static void tells_the_tunnel_by_its_sizes(void **state)
{
    struct scene s;
    struct buffer hello = client_hello(), answer = server_hello(), b = {0}, c = {0}, d = {0};
    struct buffer finished = {.len = 40}, request = {.len = 52}, response = {.len = 32};
    (void)state;
    scene_open(&s);
    put_message(&b, 1, 0, &hello);
    say(&s, RDPATH_TO_SERVER, &b);
    put_message(&c, 2, 0, &answer);
    put_record(&c, 22, 1, &finished);
    say(&s, RDPATH_TO_CLIENT, &c);
    put_record(&d, 22, 1, &finished);
    put_record(&d, 23, 1, &request);
    say(&s, RDPATH_TO_SERVER, &d);
    assert_int_equal(s.connection.tunnel[RDPATH_TO_SERVER].frame, 3);
    assert_int_equal(s.connection.tunnel[RDPATH_TO_CLIENT].frame, 0);
    d.len = 0;
    put_record(&d, 23, 1, &response);
    say(&s, RDPATH_TO_CLIENT, &d);
    assert_int_equal(s.connection.tunnel[RDPATH_TO_CLIENT].frame, 4);
    scene_close(&s);
}

/* In every order of three parts, the middle one twice, and overlapping. */
static void joins_fragments_in_any_order(void **state)
{
    static const int orders[][4] = {{0, 1, 2, 1}, {0, 2, 1, 1}, {1, 0, 1, 2},
                                    {1, 2, 1, 0}, {2, 1, 1, 0}, {2, 1, 0, 1}};
    struct buffer hello = client_hello();
    const uint32_t len = (uint32_t)hello.len;
    const struct part parts[] = {{1, 1, 0, 25}, {1, 1, 20, 50}, {1, 1, 50, len}};
    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct scene s;
        scene_open(&s);
        for (int k = 0; k < 4; k++) {
            struct buffer b = {0};
            put_part(&b, &hello, &parts[orders[i][k]]);
            say(&s, RDPATH_TO_SERVER, &b);
        }
        assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_TLS_HELLO);
        assert_int_equal(s.connection.tls.server_name.len, 5);
        scene_close(&s);
    }
}

static void does_not_read_what_is_not_whole(void **state)
{
    struct scene s;
    struct buffer hello = client_hello(), b = {0};
    (void)state;
    scene_open(&s);
    put_part(&b, &hello, &(struct part){1, 0, 0, 30});
    put_part(&b, &hello, &(struct part){1, 0, 31, (uint32_t)hello.len});
    say(&s, RDPATH_TO_SERVER, &b);
    assert_int_equal(connection_stage(&s.connection), RDPATH_STAGE_NONE);
    assert_true(s.budget.used > 0);
    scene_close(&s);
}

/* A message may say that it is longer than anything that is held, and its parts reach beyond it. */
static void holds_no_more_than_it_may(void **state)
{
    struct scene s;
    struct buffer b = {0};
    (void)state;
    scene_open(&s);
    put(&b, 0x16fefd, 3);
    put(&b, 0, 8);
    put(&b, 13, 2);
    put(&b, 1, 1);
    put(&b, 0xffffff, 3);
    put(&b, 0, 2);
    put(&b, 0, 3);
    put(&b, 1, 3);
    put(&b, 'x', 1);
    say(&s, RDPATH_TO_SERVER, &b);
    assert_int_equal(s.budget.used, 0);
    b.bytes[14] = b.bytes[15] = 0; /* 255 bytes */
    b.bytes[19] = b.bytes[20] = 0;
    say(&s, RDPATH_TO_SERVER, &b);
    assert_int_equal(s.budget.used, 255);
    b.bytes[20] = 0xff; /* the part begins at its end */
    say(&s, RDPATH_TO_SERVER, &b);
    assert_int_equal(s.budget.used, 255);
    scene_close(&s);
}

static void names_alerts(void **state)
{
    struct scene s;
    struct buffer alert = {{2, 40}, 2}, sealed = {.len = 26}, b = {0};
    (void)state;
    scene_open(&s);
    put_record(&b, 21, 0, &alert);
    say(&s, RDPATH_TO_CLIENT, &b);
    assert_int_equal(s.connection.tls.n_alerts, 1);
    assert_int_equal(s.connection.tls.alerts[0].description, 40);
    assert_int_equal(s.connection.tls.alerts[0].direction, RDPATH_TO_CLIENT);
    assert_false(s.connection.tls.encrypted_alert);
    b.len = 0;
    put_record(&b, 21, 1, &sealed);
    say(&s, RDPATH_TO_CLIENT, &b);
    assert_true(s.connection.tls.encrypted_alert);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_whole_handshake),
        cmocka_unit_test(tells_the_tunnel_by_its_sizes),
        cmocka_unit_test(joins_fragments_in_any_order),
        cmocka_unit_test(does_not_read_what_is_not_whole),
        cmocka_unit_test(holds_no_more_than_it_may),
        cmocka_unit_test(names_alerts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
