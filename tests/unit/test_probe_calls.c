/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe that sees no packets, against scripts of what Windows' calls returned. The calls, the
 * clock and the server stand here in the place of the system's.
 */
#include "windows_script.h"

#include "capture/probe_session.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MILLISECOND_NS INT64_C(1000000)

enum {
    ROUND_TRIP_MS = 4,
    RESEND_MS = 300,
    PLACES = 64,
    WAITING_MAX = 64,
    REQUEST_LEN = 19,
    RECORD_HEAD_LEN = 5,
    HELLO_DONE_LEN = 4,
    FLIGHT_MAX = 4096,
};

/* ---- the system's place ---------------------------------------------------------------------- */

struct connection {
    bool used, lost; /* lost: a segment of it vanished */
    uint32_t limit;  /* of the packets that the server is asked for; 0 = none */
    uint32_t n_sent, n_read;
    int64_t begun_ns, said_ns;
};

struct answer {
    struct wire_answer told;
    int64_t due_ns;
};

static struct {
    struct script script;
    int64_t now_ns;
    struct connection connections[PLACES];
    uint32_t n_connections;
    struct answer waiting[WAITING_MAX];
    uint32_t n_waiting;
    uint32_t n_probes[RULE_KINDS];
} fake;

int64_t clock_steady_ns(void)
{
    return fake.now_ns += 1000; /* a look at the clock takes time, too */
}

const struct probe_senses *senses_here(void)
{
    return &senses_of_calls;
}

static bool is_lost_by_chance(enum rule_kind kind)
{
    uint32_t n = ++fake.n_probes[kind];
    return fake.script.lose && n % fake.script.lose == 0;
}

/* ---- single packets -------------------------------------------------------------------------- */

struct probe_wire {
    bool open;
};

struct probe_wire *wire_open(const struct addr *from, const struct addr *to,
                             struct rdpath_error *error)
{
    static struct probe_wire wire;
    (void)from, (void)to, (void)error;
    wire.open = true;
    return &wire;
}

void wire_mute(struct probe_wire *w, uint16_t port)
{
    (void)w;
    (void)port;
}

void wire_close(struct probe_wire *w)
{
    w->open = false;
}

static enum wire_fate fate_of(const struct rule *r)
{
    if (strcmp(r->result, "IP_DEST_HOST_UNREACHABLE") == 0)
        return WIRE_ERROR;
    if (strcmp(r->result, "IP_PACKET_TOO_BIG") == 0)
        return WIRE_TOO_BIG;
    return strcmp(r->result, "WSAECONNRESET") == 0 ? WIRE_PORT_CLOSED : WIRE_ARRIVED;
}

bool wire_send(struct probe_wire *w, const struct probe_shot *shot)
{
    static const uint8_t datagram[1232]; /* the server's SYN: what it says is of no interest here */
    enum rule_kind kind = shot->echo ? RULE_ECHO : RULE_UDP;
    const struct rule *r = script_of(&fake.script, kind, shot->ip_len);
    assert_true(w->open && shot->ip_len <= fake.script.adapter);
    assert_true(fake.n_waiting < WAITING_MAX);
    if (!r || is_lost_by_chance(kind))
        return true;
    struct answer *a = &fake.waiting[fake.n_waiting++];
    *a = (struct answer){.due_ns = fake.now_ns + ROUND_TRIP_MS * MILLISECOND_NS};
    a->told = (struct wire_answer){.nth = shot->nth, .fate = fate_of(r), .mtu = r->mtu};
    a->told.said = RDPATH_PROBE_SAID_HOST; /* the one that the scripts have */
    a->told.rtt_ns = ROUND_TRIP_MS * MILLISECOND_NS;
    if (r->from[0])
        assert_true(addr_parse(r->from, &a->told.from));
    if (!shot->echo && a->told.fate == WIRE_ARRIVED) {
        a->told.bytes = datagram;
        a->told.len = sizeof datagram;
    }
    return true;
}

void wire_wait(struct probe_wire *w, int milliseconds)
{
    assert_true(w->open);
    fake.now_ns += milliseconds * MILLISECOND_NS;
}

bool wire_hear(struct probe_wire *w, struct wire_answer *told)
{
    assert_true(w->open);
    for (uint32_t i = 0; i < fake.n_waiting; i++) {
        if (fake.waiting[i].due_ns > fake.now_ns)
            continue;
        *told = fake.waiting[i].told;
        fake.waiting[i] = fake.waiting[--fake.n_waiting];
        return true;
    }
    return false;
}

/* ---- connections ----------------------------------------------------------------------------- */

static uint32_t headers_len(void)
{
    return fake.script.six ? 60 : 40;
}

int sockets_connect(const struct sockets_target *t, uint16_t *local_port)
{
    int place = (int)fake.n_connections++;
    assert_true(place < PLACES);
    bool limited = t->mss && fake.script.limits;
    fake.connections[place] = (struct connection){
        .used = true,
        .limit = limited ? t->mss + headers_len() : 0,
        .begun_ns = fake.now_ns,
    };
    *local_port = (uint16_t)(50000 + place);
    return place;
}

enum sockets_state sockets_state(int socket)
{
    const struct connection *c = &fake.connections[socket];
    if (fake.script.silent || fake.now_ns - c->begun_ns < ROUND_TRIP_MS * MILLISECOND_NS)
        return SOCKETS_CONNECTING;
    return fake.script.refused ? SOCKETS_REFUSED : SOCKETS_OPEN;
}

/* The largest segment that is sent: as told by SIO_TCP_INFO, or the one the limit leaves. */
static uint32_t mss_of(const struct connection *c)
{
    uint32_t limit = c->limit ? c->limit - headers_len() : fake.script.mss;
    return limit < fake.script.mss ? limit : fake.script.mss;
}

void sockets_send(int socket, const uint8_t *bytes, size_t len)
{
    struct connection *c = &fake.connections[socket];
    (void)bytes;
    assert_true(c->used);
    assert_true(!fake.script.mss || len <= mss_of(c));
    c->lost |= !script_of(&fake.script, RULE_SEGMENT, (uint32_t)len + headers_len());
    c->n_sent += (uint32_t)len;
    c->said_ns = fake.now_ns;
    if (is_lost_by_chance(RULE_SEGMENT)) /* and sent again */
        c->said_ns += RESEND_MS * MILLISECOND_NS;
}

/* Its packets are as large as it likes, the client asks for, and there are bytes. */
static uint32_t largest_back(const struct connection *c)
{
    uint32_t server = fake.script.server ? fake.script.server : 1500;
    uint32_t most = fake.script.flight + headers_len();
    most = most < server ? most : server;
    most = most < fake.script.adapter ? most : fake.script.adapter;
    return c->limit && c->limit < most ? c->limit : most;
}

static uint8_t flight_byte(uint32_t at)
{
    uint32_t body_len = fake.script.flight - RECORD_HEAD_LEN;
    const uint8_t head[] = {22, 3, 3, (uint8_t)(body_len >> 8), (uint8_t)body_len};
    if (at < RECORD_HEAD_LEN)
        return head[at];
    return at == fake.script.flight - HELLO_DONE_LEN ? 14 : 0;
}

/* Nothing of a flight comes whose first packet vanishes. */
/* Windows takes what came. */
long sockets_peek(int socket, uint8_t *bytes, size_t len)
{
    (void)socket, (void)bytes, (void)len;
    return -1;
}

long sockets_receive(int socket, uint8_t *bytes, size_t len)
{
    static const uint8_t confirm[] = {3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34,
                                      0, 2, 0, 8,  0,  1,    0, 0, 0};
    struct connection *c = &fake.connections[socket];
    if (c->lost || fake.now_ns - c->said_ns < ROUND_TRIP_MS * MILLISECOND_NS)
        return 0;
    if (c->n_read == 0) {
        memcpy(bytes, confirm, sizeof confirm);
        c->n_read = sizeof confirm;
        return sizeof confirm;
    }
    uint32_t at = c->n_read - (uint32_t)sizeof confirm, n = 0;
    if (c->n_sent <= REQUEST_LEN || !script_of(&fake.script, RULE_BACK, largest_back(c)))
        return 0;
    for (; n < len && at + n < fake.script.flight; n++)
        bytes[n] = flight_byte(at + n);
    c->n_read += n;
    return (long)n;
}

struct sockets_facts sockets_facts(int socket)
{
    const struct connection *c = &fake.connections[socket];
    bool told =
        fake.script.mss && !c->lost && fake.now_ns - c->said_ns >= ROUND_TRIP_MS * MILLISECOND_NS;
    return (struct sockets_facts){
        .send_payload = fake.script.mss ? mss_of(c) : 0,
        .limited = c->limit != 0,
        .n_acknowledged = told ? c->n_sent : 0,
    };
}

void sockets_close(int socket)
{
    assert_true(fake.connections[socket].used);
    fake.connections[socket].used = false;
}

/* ---- the scripts ----------------------------------------------------------------------------- */

static void read_script(const char *name)
{
    char path[LINE_SIZE], line[LINE_SIZE];
    snprintf(path, sizeof path, "tests/probe/windows/%s.txt", name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s: not there", path);
    memset(&fake, 0, sizeof fake);
    fake.now_ns = 1000 * MILLISECOND_NS;
    while (fgets(line, sizeof line, file)) {
        if (!script_line(&fake.script, line))
            fail_msg("%s: %s", path, line);
    }
    fclose(file);
}

static void assert_expected(const char *name, const struct rdpath_probe *r)
{
    const struct script *s = &fake.script;
    bool why = !s->why[0];
    for (int way = 0; way < 2; way++) {
        const struct rdpath_probe_way *w = &r->path[way];
        uint32_t truth = s->holds[way];
        bool holds = truth ? w->mtu.at_least <= truth && truth < w->mtu.below
                           : w->mtu.at_least == s->at_least[way] && w->mtu.below == s->below[way];
        if (!holds)
            fail_msg("%s, %s: %u %u (%s)", name, way ? "to-client" : "to-server", w->mtu.at_least,
                     w->mtu.below, w->why ? w->why : "exact");
        why |= w->why && strstr(w->why, s->why);
    }
    if (!why)
        fail_msg("%s: nothing says \"%s\": %s", name, s->why, r->path[1].why);
    for (uint32_t i = 0; i < r->n_findings && i < s->n_findings; i++)
        assert_string_equal(r->findings[i].id, s->findings[i]);
    if (r->n_findings != s->n_findings)
        fail_msg("%s: %u findings, the last is %s", name, r->n_findings,
                 r->n_findings ? r->findings[r->n_findings - 1].text : "none");
    if (s->error[0])
        assert_string_equal(r->errors[0].verdict, s->error);
    assert_int_equal(r->n_errors, s->error[0] != 0);
    if (!s->holds[0] && !s->holds[1])
        assert_int_equal(r->set_mtu, s->mtu);
}

static void play(const char *name, struct rdpath_probe *r)
{
    struct rdpath_error error;
    read_script(name);
    struct probe_settings settings = {
        .name = "rds01",
        .port = 3389,
        .interface = "Ethernet 2",
        .interface_mtu = fake.script.adapter,
        .n_packets_max = 200,
        .n_bytes_max = 128 * 1024,
        .rate = 400,
        .timeout_ns = 3000 * MILLISECOND_NS,
    };
    assert_true(addr_parse(fake.script.six ? "fd77:1::2" : "10.77.1.2", &settings.from));
    assert_true(addr_parse(fake.script.six ? "fd77:3::2" : "10.77.3.2", &settings.to));
    *r = (struct rdpath_probe){
        .host = "rds01",
        .port = 3389,
        .platform = probe_platform(),
        .interface = settings.interface,
        .interface_mtu = fake.script.adapter,
    };
    addr_format(&settings.to, r->address);
    struct probe_session *s = probe_open(&settings, &error);
    assert_non_null(s);
    probe_run(s, r, &(struct probe_watch){0});
    r->tls.present = s->ports[PROBE_OF_CERTIFICATE] != 0;
    r->tls.version = r->tls.present ? 0x0303 : 0;
    probe_judge(r, 0);
    probe_close(s);
    for (uint32_t i = 0; i < fake.n_connections; i++)
        assert_false(fake.connections[i].used);
}

static void each_script_gives_what_its_path_is(void **state)
{
    static const char *const names[] = {
        "all-well",
        "router-finds-nobody",
        "router-says-1400",
        "black-hole-to-server",
        "black-hole-to-client",
        "black-hole-both-ways-echo-filtered",
        "black-hole-to-client-1809",
        "short-flight",
        "server-of-1400",
        "router-lies",
        "port-closed",
        "host-silent",
        "loss-beside-a-black-hole",
        "ipv6-router-says-1280",
        "vpn-adapter-of-1400",
    };
    struct rdpath_probe r;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        play(names[i], &r);
        print_message("%s: %u packets, %u bytes in %lld ms\n", names[i], r.n_packets_sent,
                      (unsigned)r.n_bytes_sent, (long long)(r.duration_ns / MILLISECOND_NS));
        assert_true(r.n_packets_sent <= 200 && r.n_bytes_sent <= 128 * 1024);
        assert_expected(names[i], &r);
    }
}

static void what_is_not_answered_at_all_is_told_so(void **state)
{
    struct rdpath_probe r;
    (void)state;
    play("host-silent", &r);
    assert_int_equal(r.status, RDPATH_PROBE_UNANSWERED);
    play("port-closed", &r);
    assert_true(r.udp_refused && r.refused && r.echo_answered);
    assert_int_equal(r.status, RDPATH_PROBE_FAULT);
}

static void what_is_advised_can_be_typed_here(void **state)
{
    struct rdpath_probe r;
    (void)state;
    play("black-hole-to-server", &r);
    assert_string_equal(r.advice[0].command, "netsh interface ipv4 set subinterface "
                                             "\"Ethernet 2\" mtu=1400 store=persistent");
    assert_string_equal(r.advice[0].undo, "netsh interface ipv4 set subinterface "
                                          "\"Ethernet 2\" mtu=1500 store=persistent");
    for (uint32_t i = 0; i < r.n_advice; i++)
        assert_string_not_equal(r.advice[i].platform, "linux");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_script_gives_what_its_path_is),
        cmocka_unit_test(what_is_not_answered_at_all_is_told_so),
        cmocka_unit_test(what_is_advised_can_be_typed_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
