/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and Kerberos of a client beside its attempts: told where they explain something. */
#include "tests/unit/attempt_play.h"
#include "tests/unit/context_play.h"
#include "tests/unit/feed_play.h"

#include "analyze/attempt/context.h"
#include "analyze/file/file.h"

#define CLIENT "0a 00 00 01"
#define OTHER "0a 00 00 07"
#define RESOLVER "0a 00 00 35"
#define SERVER_NAME "rds01.corp.example"
enum { ASKING_PORT = 53411 };

static struct {
    char dns[200], kerberos[200];
    uint32_t n_attempts;
    enum rdpath_stage stage;
} heard;

static void hear(void *ctx, const struct rdpath_attempt *a)
{
    (void)ctx;
    memset(&heard.dns, 0, sizeof heard.dns);
    memset(&heard.kerberos, 0, sizeof heard.kerberos);
    heard.n_attempts++;
    heard.stage = a->stage;
    for (uint32_t i = 0; i < a->n_observations; i++) {
        const struct rdpath_observation *o = &a->observations[i];
        if (strcmp(o->id, "context-dns") == 0)
            snprintf(heard.dns, sizeof heard.dns, "%s", o->text);
        if (strcmp(o->id, "context-kerberos") == 0)
            snprintf(heard.kerberos, sizeof heard.kerberos, "%s", o->text);
    }
}

static struct feed *begin(void)
{
    static struct feed f;
    static const struct rdpath_options options = {0};
    static const struct rdpath_events events = {.attempt = hear};
    memset(&f, 0, sizeof f);
    memset(&heard, 0, sizeof heard);
    f.analysis = rdpath_new(&options, &events);
    return &f;
}

static void finish(struct feed *f)
{
    feed_end(f);
    feed_free(f);
}

/* A datagram between a client and its DNS server or domain controller. */
struct datagram {
    const char *client;
    const char *of;
    uint16_t port;
    bool answer;
    int64_t at_us;
};

static void feed_datagram(struct feed *f, const struct datagram *d, const struct build *payload)
{
    static struct build b;
    b.len = 0;
    put_hex(&b, ETHERNET_IPV4 " 45 00");
    put16(&b, 28 + (unsigned)payload->len);
    put_hex(&b, "00 01 00 00 40 11 00 00");
    put_hex(&b, d->answer ? d->of : d->client);
    put_hex(&b, d->answer ? d->client : d->of);
    put16(&b, d->answer ? d->port : ASKING_PORT);
    put16(&b, d->answer ? ASKING_PORT : d->port);
    put16(&b, 8 + (unsigned)payload->len);
    put16(&b, 0);
    put_chars(&b, (const char *)payload->bytes, payload->len);
    struct rdpath_frame frame = frame_of(&b, 1);
    frame.ts_ns = WIRE_START_NS + d->at_us * 1000;
    feed_frame(f, frame);
}

static void ask(struct feed *f, const char *client, const char *name, int64_t at_us)
{
    static struct build b;
    b.len = 0;
    put_dns(&b, DNS_ASKS, name, DNS_A);
    feed_datagram(f, &(struct datagram){client, RESOLVER, 53, false, at_us}, &b);
}

/* The address of the server of wire_play.h. */
static void answer(struct feed *f, const char *client, const char *name, int64_t at_us)
{
    static struct build b;
    b.len = 0;
    put_dns(&b, DNS_NAMED, name, DNS_A);
    put_dns_a(&b, "0a 00 00 02");
    feed_datagram(f, &(struct datagram){client, RESOLVER, 53, true, at_us}, &b);
}

static void open_at(struct feed *f, int64_t at_us)
{
    struct wire w = {.isn = {1, 2}};
    feed_opening(f, &w, at_us);
}

/* ---- DNS ------------------------------------------------------------------------------------- */

static void a_late_answer_is_told(void **state)
{
    (void)state;
    struct feed *f = begin();
    ask(f, CLIENT, SERVER_NAME, 0);
    ask(f, CLIENT, SERVER_NAME, 1 * SECOND);
    ask(f, CLIENT, SERVER_NAME, 3 * SECOND);
    answer(f, CLIENT, SERVER_NAME, 3 * SECOND + 20 * MS);
    open_at(f, 3 * SECOND + 30 * MS);
    finish(f);
    assert_string_equal(heard.dns,
                        "the client asked DNS for rds01.corp.example 3 times and got the "
                        "server's address 3.02 s later");
}

/* Quick; asked again after it was answered; of another client; long ago; for another server. */
static void what_explains_nothing_is_not_told(void **state)
{
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        struct feed *f = begin();
        const char *client = kind == 2 ? OTHER : CLIENT;
        int64_t late = kind < 2 ? 30 * MS : 2 * SECOND;
        ask(f, client, SERVER_NAME, 0);
        if (kind == 1) {
            answer(f, client, SERVER_NAME, 10 * MS);
            ask(f, client, SERVER_NAME, 2 * SECOND);
            answer(f, client, SERVER_NAME, 2 * SECOND + 10 * MS);
        } else if (kind == 4) {
            ask(f, client, "other.example", 2 * SECOND);
        } else {
            answer(f, client, SERVER_NAME, late);
        }
        open_at(f, kind == 3 ? 9 * SECOND : 3 * SECOND);
        finish(f);
        assert_int_equal(heard.n_attempts, 1);
        assert_string_equal(heard.dns, "");
    }
}

/* The same frame twice, as two interfaces record it, is no second question. */
static void a_copy_is_no_question(void **state)
{
    (void)state;
    struct feed *f = begin();
    ask(f, CLIENT, SERVER_NAME, 0);
    ask(f, CLIENT, SERVER_NAME, 1);
    answer(f, CLIENT, SERVER_NAME, 200);
    ask(f, CLIENT, SERVER_NAME, 400);
    answer(f, CLIENT, SERVER_NAME, 401);
    answer(f, CLIENT, SERVER_NAME, 3 * SECOND);
    open_at(f, 3 * SECOND);
    finish(f);
    assert_int_equal(heard.n_attempts, 1);
    assert_string_equal(heard.dns, "");
}

/* A flood of other names leaves no room and no wrong word. */
static void a_flood_is_borne(void **state)
{
    (void)state;
    struct feed *f = begin();
    ask(f, CLIENT, SERVER_NAME, 0);
    for (int i = 0; i < 2000; i++) {
        char name[40];
        snprintf(name, sizeof name, "n%d.example", i);
        ask(f, CLIENT, name, i);
    }
    answer(f, CLIENT, SERVER_NAME, 2 * SECOND);
    open_at(f, 2 * SECOND);
    finish(f);
    assert_int_equal(heard.n_attempts, 1);
    assert_string_equal(heard.dns, "");
}

/* An attempt with a name, and one failed question that was answered just before. */
static const struct rdpath_observation *judge_name(struct played *p, const char *asked)
{
    struct attempt *a = &p->attempt;
    a->context = arena_alloc(&a->arena, sizeof *a->context);
    struct name_asked *e = &a->context->names[a->context->n_names++];
    e->asked = (struct asked){.n = 1, .answered = true, .answer_ns = START_NS};
    e->code = 3;
    snprintf(e->name, sizeof e->name, "%s", asked);
    a->result.server.name =
        (struct rdpath_text){(const uint8_t *)SERVER_NAME, sizeof SERVER_NAME - 1};
    attempt_look_context(a);
    return a->n_observations ? &a->observations[0] : NULL;
}

static void only_the_name_of_the_server_counts(void **state)
{
    (void)state;
    struct played *p = played_new(RDPATH_STAGE_TLS_HELLO);
    p->attempt.decisive = p->attempt.connections[0];
    const struct rdpath_observation *o = judge_name(p, "RDS01.corp.example");
    assert_non_null(o);
    assert_string_equal(o->id, "context-dns");
    assert_non_null(strstr(o->text, "NXDOMAIN"));
    played_free(p);
    static const char *const others[] = {"rds01.corp", "rds01.corp.example2", "wpad", ""};
    for (int i = 0; i < 4; i++) {
        p = played_new(RDPATH_STAGE_TLS_HELLO);
        p->attempt.decisive = p->attempt.connections[0];
        assert_null(judge_name(p, others[i]));
        played_free(p);
    }
}

/* ---- Kerberos -------------------------------------------------------------------------------- */

#define NLA_CAPTURE "pcaps/credentials-rejected-secrets/capture.pcapng"
enum { LOGON_BEGINS = 9 }; /* the frame behind the TLS handshake, 35 ms after the first */
#define NLA_CLIENT "c0 00 02 0a"
#define KDC "c0 00 02 35"

enum kerberos { REQUEST, REPLY, REFUSED, SYN };

struct ticket {
    enum kerberos what;
    const char *client, *service, *host;
    unsigned code;
    int64_t after_us; /* the first frame */
};

/* The client opens TCP to its domain controller. */
static void feed_syn(struct feed *f, const char *client, int64_t at_us)
{
    static struct build b;
    b.len = 0;
    put_hex(&b, ETHERNET_IPV4 " 45 00 00 28 00 01 40 00 40 06 00 00");
    put_hex(&b, client);
    put_hex(&b, KDC);
    put_hex(&b, "c3 51 00 58 00 00 00 01 00 00 00 00 50 02 20 00 00 00 00 00");
    struct rdpath_frame frame = frame_of(&b, 1);
    frame.ts_ns = WIRE_START_NS + at_us * 1000;
    feed_frame(f, frame);
}

static void feed_ticket(struct feed *f, const struct ticket *t, int64_t start_us)
{
    static struct build b;
    b.len = 0;
    if (t->what == SYN) {
        feed_syn(f, t->client, start_us + t->after_us);
        return;
    }
    if (t->what == REQUEST)
        put_krb_request(&b, 0x6c);
    else if (t->what == REPLY)
        put_krb_reply(&b, 0x6d, t->service, t->host);
    else
        put_krb_error(&b, t->code, t->service, t->host);
    struct datagram d = {t->client, KDC, 88, t->what != REQUEST, start_us + t->after_us};
    feed_datagram(f, &d, &b);
}

/* A logon that the server rejects, with Kerberos meanwhile; it begins late_us later than it did. */
static void play_logon(const struct ticket *tickets, size_t n, int64_t late_us)
{
    struct rdpath_error error;
    struct rdpath_frame frame;
    struct feed *f = begin();
    struct capture_file *file = file_open(NLA_CAPTURE, false, &error);
    int64_t start_us = 0;
    size_t next = 0;
    assert_non_null(file);
    for (uint32_t i = 0; file_next(file, &frame); i++) {
        if (i == 0)
            start_us = (frame.ts_ns - WIRE_START_NS) / 1000;
        int64_t at_us = (frame.ts_ns - WIRE_START_NS) / 1000 + (i >= LOGON_BEGINS ? late_us : 0);
        for (; next < n && start_us + tickets[next].after_us <= at_us; next++)
            feed_ticket(f, &tickets[next], start_us);
        frame.ts_ns = WIRE_START_NS + at_us * 1000;
        feed_frame(f, frame);
    }
    file_close(file);
    finish(f);
    assert_int_equal(heard.n_attempts, 1);
    assert_int_equal(heard.stage, RDPATH_STAGE_CREDSSP);
}

static void a_refused_ticket_is_told(void **state)
{
    (void)state;
    const struct ticket tickets[] = {
        {REFUSED, NLA_CLIENT, "krbtgt", "CORP", 25, -10 * MS},
        {REPLY, NLA_CLIENT, "krbtgt", "CORP.EXAMPLE", 0, 5 * MS},
        {REFUSED, NLA_CLIENT, "TERMSRV", "rds01", 7, 10 * MS},
    };
    play_logon(tickets, 3, 0);
    assert_string_equal(heard.kerberos,
                        "the domain controller 192.0.2.53 gave no ticket for TERMSRV/rds01: the "
                        "domain has no server of that name (KDC_ERR_S_PRINCIPAL_UNKNOWN, 7)");
}

static void other_tickets_are_not_told(void **state)
{
    (void)state;
    static const struct ticket cases[][2] = {
        {{REFUSED, OTHER, "krbtgt", "CORP", 24, 5 * MS}},           /* another client's */
        {{REFUSED, NLA_CLIENT, "cifs", "files", 7, 5 * MS}},        /* another service */
        {{REFUSED, NLA_CLIENT, "TERMSRV", "rds02", 7, 5 * MS}},     /* another server */
        {{REFUSED, NLA_CLIENT, "krbtgt", "CORP", 25, 5 * MS}},      /* asks for more */
        {{REFUSED, NLA_CLIENT, "krbtgt", "CORP", 52, 5 * MS}},      /* asks for TCP */
        {{REFUSED, NLA_CLIENT, "krbtgt", "CORP", 24, -9 * SECOND}}, /* long before */
        {{REFUSED, NLA_CLIENT, "krbtgt", "CORP", 37, 1 * MS},       /* overcome */
         {REPLY, NLA_CLIENT, "krbtgt", "CORP.EXAMPLE", 0, 5 * MS}},
        {{REQUEST, NLA_CLIENT, "", "", 0, 1 * MS}, /* quick */
         {REPLY, NLA_CLIENT, "TERMSRV", "rds01", 0, 5 * MS}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        play_logon(cases[i], cases[i][1].client ? 2 : 1, 0);
        assert_string_equal(heard.kerberos, "");
    }
}

static void a_wait_for_a_ticket_is_told(void **state)
{
    (void)state;
    static const struct ticket answered[] = {
        {REQUEST, NLA_CLIENT, "", "", 0, 100 * MS},
        {REPLY, NLA_CLIENT, "TERMSRV", "rds01", 0, 2100 * MS},
    };
    play_logon(answered, 2, 5 * SECOND);
    assert_string_equal(heard.kerberos, "before its logon the client asked the domain controller "
                                        "192.0.2.53 and had no answer for 2.00 s");
    static const struct ticket never[] = {
        {REQUEST, NLA_CLIENT, "", "", 0, 36 * MS},
        {REQUEST, NLA_CLIENT, "", "", 0, 1036 * MS},
    };
    play_logon(never, 2, 4 * SECOND);
    assert_non_null(strstr(heard.kerberos, "192.0.2.53 2 times and had no answer for 4.00 s"));
    static const struct ticket out_of_reach[] = {
        {SYN, NLA_CLIENT, "", "", 0, 36 * MS},
        {SYN, NLA_CLIENT, "", "", 0, 1036 * MS},
        {SYN, NLA_CLIENT, "", "", 0, 3036 * MS},
    };
    play_logon(out_of_reach, 3, 4 * SECOND);
    assert_non_null(strstr(heard.kerberos, "192.0.2.53 3 times and had no answer for 4.00 s"));
}

/* A user at a prompt: the ticket came at once, or it is not known that it did not. */
static void a_pause_is_no_wait(void **state)
{
    (void)state;
    static const struct ticket cases[][2] = {
        {{REQUEST, NLA_CLIENT, "", "", 0, 100 * MS},
         {REPLY, NLA_CLIENT, "TERMSRV", "rds01", 0, 110 * MS}},
        {{REQUEST, NLA_CLIENT, "", "", 0, 100 * MS}},
        {{REQUEST, NLA_CLIENT, "", "", 0, -3 * SECOND},
         {REPLY, NLA_CLIENT, "TERMSRV", "rds01", 0, 20 * MS}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        play_logon(cases[i], cases[i][1].client ? 2 : 1, 6 * SECOND);
        assert_string_equal(heard.kerberos, "");
    }
}

/* Kerberos is no RDP; RDP on its port is read like on any other. */
static void a_port_of_kerberos_is_watched_over_tcp(void **state)
{
    (void)state;
    struct feed *f = begin();
    struct wire kdc = {.isn = {1, 2}, .server = 53, .server_port = 88, .client_port = 50001};
    feed(f, &kdc, (struct line){.way = UP, .flags = TCP_SYN, .mss = 1460});
    feed(f, &kdc, (struct line){.way = UP, .at_us = SECOND, .flags = TCP_SYN, .mss = 1460});
    finish(f);
    assert_int_equal(heard.n_attempts, 0);

    f = begin();
    struct wire rdp = {.isn = {1, 2}, .server_port = 88};
    feed_opening(f, &rdp, 0);
    feed_request(f, &rdp, (struct line){.at_us = 3 * MS}, "alice");
    finish(f);
    assert_int_equal(heard.n_attempts, 1);
    assert_int_equal(heard.stage, RDPATH_STAGE_X224_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_answer_is_told),
        cmocka_unit_test(what_explains_nothing_is_not_told),
        cmocka_unit_test(a_copy_is_no_question),
        cmocka_unit_test(a_flood_is_borne),
        cmocka_unit_test(only_the_name_of_the_server_counts),
        cmocka_unit_test(a_refused_ticket_is_told),
        cmocka_unit_test(other_tickets_are_not_told),
        cmocka_unit_test(a_wait_for_a_ticket_is_told),
        cmocka_unit_test(a_pause_is_no_wait),
        cmocka_unit_test(a_port_of_kerberos_is_watched_over_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
