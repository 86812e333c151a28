/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP in clear to an RD Gateway, on a port that nobody named. The requests follow [MS-TSGU
 * 3.3.5.1, 4.2.1] and [MS-RPCH 2.1.2.1], the answers RFC 9110 section 15.
 */
#include "tests/unit/feed_play.h"

#define RDG_OUT "RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1\r\nHost: rdg.example.com\r\n\r\n"
#define RPC_OUT "RPC_OUT_DATA /rpc/rpcproxy.dll?localhost:3388 HTTP/1.1\r\nHost: rdg\r\n\r\n"
#define LOG_ON "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\n\r\n"
#define TAKEN "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n"
#define FORBIDDEN "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

enum { HTTP_PORT = 8080 };

struct chat {
    struct feed *f;
    struct wire w;
    uint32_t next[2];
    int64_t at_us;
};

static void chat_open(struct chat *c, struct feed *f, uint16_t client_port)
{
    int64_t at_us = c->at_us;
    *c = (struct chat){.f = f, .next = {1, 1}, .at_us = at_us + 100 * MS};
    c->w.client_port = client_port;
    c->w.server_port = HTTP_PORT;
    feed_opening(f, &c->w, c->at_us);
}

static void chat_say(struct chat *c, int way, const char *text)
{
    uint32_t len = (uint32_t)strlen(text);
    c->at_us += 10 * MS;
    feed(c->f, &c->w,
         (struct line){.way = way,
                       .at_us = c->at_us,
                       .seq = c->next[way],
                       .ack = c->next[!way],
                       .len = len,
                       .payload = text});
    c->next[way] += len;
}

static void chat_close(struct chat *c, int way)
{
    c->at_us += 10 * MS;
    for (int i = 0; i < 2; i++, way = !way) {
        feed(c->f, &c->w,
             (struct line){.way = way,
                           .at_us = c->at_us + i * MS,
                           .seq = c->next[way],
                           .ack = c->next[!way] + (uint32_t)i,
                           .flags = TCP_FIN | TCP_ACK});
    }
}

/* One connection: a request, its answers, who closed. */
static void play_chat(struct feed *f, const char *request, const char *const *answers, int closes)
{
    struct chat c = {0};
    chat_open(&c, f, 50000);
    for (; *answers; answers++) {
        chat_say(&c, UP, request);
        chat_say(&c, DOWN, *answers);
    }
    if (closes >= 0)
        chat_close(&c, closes);
    feed_end(f);
}

static void assert_told(const struct feed *f, const char *cause)
{
    assert_int_equal(f->n_told, 1);
    assert_string_equal(f->told[0].cause, cause);
    assert_true(f->told[0].gateway_seen);
    assert_false(f->told[0].mid_stream);
    assert_int_equal(f->told[0].first_rung, 1); /* the SYN was remembered */
}

static void a_request_that_is_taken_blames_nobody(void **state)
{
    static const char *const requests[] = {RDG_OUT, RPC_OUT};
    static const char *const answers[] = {LOG_ON, LOG_ON, TAKEN, NULL};
    static const char *const upgraded[] = {LOG_ON, "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                                           NULL};
    static const struct rdpath_options none = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        for (int closes = -1; closes < 2; closes++) {
            struct feed *f = feed_new(&none);
            play_chat(f, requests[i], closes == UP ? upgraded : answers, closes);
            assert_told(f, "undetermined");
            feed_free(f);
        }
    }
}

static void a_logon_that_goes_no_further_blames_nobody(void **state)
{
    static const char *const answers[] = {LOG_ON, LOG_ON, NULL};
    static const struct rdpath_options none = {0};
    (void)state;
    for (int closes = -1; closes < 2; closes++) {
        struct feed *f = feed_new(&none);
        play_chat(f, RDG_OUT, answers, closes);
        assert_told(f, "undetermined");
        feed_free(f);
    }
}

static void a_refusal_is_told(void **state)
{
    static const char *const refusals[] = {FORBIDDEN, "HTTP/1.1 404 Not Found\r\n\r\n",
                                           "HTTP/1.1 405 Method Not Allowed\r\n\r\n",
                                           "HTTP/1.0 503 Service Unavailable\r\n\r\n"};
    static const struct rdpath_options none = {0};
    (void)state;
    for (int i = 0; i < 8; i++) {
        const char *const answers[] = {LOG_ON, refusals[i / 2], NULL};
        struct feed *f = feed_new(&none);
        play_chat(f, RDG_OUT, answers, i % 2);
        assert_told(f, "gateway-refused");
        assert_int_equal(f->told[0].confidence, RDPATH_CONFIRMED);
        feed_free(f);
    }
}

/* Not while the connection is open, nor where a later request is taken, on it or on another. */
static void a_refusal_that_does_not_last_is_none(void **state)
{
    static const char *const open[] = {FORBIDDEN, NULL};
    static const char *const again[] = {FORBIDDEN, TAKEN, NULL};
    static const struct rdpath_options none = {0};
    (void)state;
    struct feed *f = feed_new(&none);
    play_chat(f, RDG_OUT, open, -1);
    assert_told(f, "undetermined");
    feed_free(f);
    f = feed_new(&none);
    play_chat(f, RDG_OUT, again, UP);
    assert_told(f, "undetermined");
    feed_free(f);
    f = feed_new(&none);
    struct chat c = {0};
    chat_open(&c, f, 50000);
    chat_say(&c, UP, RDG_OUT);
    chat_say(&c, DOWN, TAKEN);
    chat_open(&c, f, 50001);
    chat_say(&c, UP, "RDG_IN_DATA /remoteDesktopGateway/ HTTP/1.1\r\n\r\n");
    chat_say(&c, DOWN, FORBIDDEN);
    chat_close(&c, DOWN);
    feed_end(f);
    assert_string_equal(f->told[0].cause, "undetermined");
    assert_int_equal(f->told[0].n_connections, 2);
    feed_free(f);
}

/* What the tunnel carries behind an answer that opened it is no answer, and a hole may hide one. */
static void what_is_inside_or_missing_is_not_judged(void **state)
{
    static const char *const inside[] = {TAKEN, FORBIDDEN, NULL};
    static const struct rdpath_options none = {0};
    (void)state;
    struct feed *f = feed_new(&none);
    play_chat(f, RDG_OUT, inside, DOWN);
    assert_told(f, "undetermined");
    feed_free(f);
    f = feed_new(&none);
    struct chat c = {0};
    chat_open(&c, f, 50000);
    chat_say(&c, UP, RDG_OUT);
    c.next[DOWN] += 100; /* acknowledged, and not captured */
    chat_say(&c, UP, RDG_OUT);
    chat_say(&c, DOWN, FORBIDDEN);
    chat_close(&c, DOWN);
    feed_end(f);
    assert_int_equal(f->n_told, 1);
    assert_string_not_equal(f->told[0].cause, "gateway-refused");
    feed_free(f);
}

/* Asked again and not answered, or the answer is not in the capture. */
static void an_older_refusal_is_none(void **state)
{
    static const struct rdpath_options none = {0};
    (void)state;
    struct feed *f = feed_new(&none);
    struct chat c = {0};
    chat_open(&c, f, 50000);
    chat_say(&c, UP, RDG_OUT);
    chat_say(&c, DOWN, FORBIDDEN);
    chat_say(&c, UP, RDG_OUT);
    feed(f, &c.w,
         (struct line){.way = UP,
                       .at_us = c.at_us + 10 * MS,
                       .seq = c.next[UP],
                       .ack = c.next[DOWN] + 40,
                       .flags = TCP_RST | TCP_ACK});
    feed_end(f);
    assert_told(f, "undetermined");
    feed_free(f);
}

static void other_requests_begin_nothing(void **state)
{
    static const char *const others[] = {
        "REPORT /calendars/user HTTP/1.1\r\n\r\n",
        "RPC /x HTTP/1.1\r\n\r\n",
        "RDG_OUT_DATAX / HTTP/1.1\r\n\r\n",
        "RDG_OUT_DATA",
        "R",
        "RPC_IN_DATA /rpc/rpcproxy.dll?mail.example.com:6001 HTTP/1.1\r\n\r\n",
        "RPC_OUT_DATA /rpc/rpcproxy.dll HTTP/1.1\r\nHost: mail:3388 \r\n\r\n",
        "GET /RDG_OUT_DATA HTTP/1.1\r\n\r\n",
    };
    static const char *const answers[] = {FORBIDDEN, NULL};
    static const struct rdpath_options none = {0};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct feed *f = feed_new(&none);
        play_chat(f, others[i], answers, DOWN);
        assert_int_equal(f->n_told, 0);
        feed_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_is_taken_blames_nobody),
        cmocka_unit_test(a_logon_that_goes_no_further_blames_nobody),
        cmocka_unit_test(a_refusal_is_told),
        cmocka_unit_test(a_refusal_that_does_not_last_is_none),
        cmocka_unit_test(what_is_inside_or_missing_is_not_judged),
        cmocka_unit_test(an_older_refusal_is_none),
        cmocka_unit_test(other_requests_begin_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
