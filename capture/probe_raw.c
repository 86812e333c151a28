/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_session.h"

#include "base/probe_mark.h"

#include <string.h>

enum {
    ECHO_AT_ONCE = 6,
    ECHO_MAX = 60,
    REPLIES_MAX = 30,
    UDP_MAX = 24, /* the server keeps a flow for each; two are enough where all sizes pass */
    UDP_HEADERS_4 = 28,
    UDP_HEADERS_6 = 48,
    PORTS_FIRST = 49152, /* RFC 6335, 6 */
    PORTS = 16384 - SESSION_SHOTS_MAX,
};

static uint32_t floor_of(const struct probe_session *s)
{
    return s->settings.to.version == 6 ? 1280 : 576;
}

static void begin(struct raw_search *r, const struct search_span *span)
{
    search_begin(&r->search, span);
    r->running = true;
}

void raw_begin(struct probe_session *s)
{
    uint32_t mtu = s->settings.interface_mtu;
    uint32_t headers_len = s->settings.to.version == 6 ? UDP_HEADERS_6 : UDP_HEADERS_4;
    struct search_span echo = {SESSION_CONTROL, floor_of(s), mtu, ECHO_MAX};
    struct search_span udp = {headers_len + PROBE_SYN_PAYLOAD_MIN,
                              headers_len + PROBE_SYN_PAYLOAD_MIN + 1,
                              headers_len + PROBE_SYN_PAYLOAD_MAX, UDP_MAX};
    s->echo_id = (uint16_t)(s->begin_ns >> 10);
    s->udp_port = (uint16_t)(PORTS_FIRST + (uint64_t)(s->begin_ns >> 10) % PORTS);
    s->echo.echo = s->replies.echo = s->replies.replies = true;
    begin(&s->echo, &echo);
    if (udp.ceiling <= mtu)
        begin(&s->udp, &udp);
}

void raw_begin_replies(struct probe_session *s)
{
    struct probe_search *known = &s->replies.search;
    uint32_t passes = s->result->path[RDPATH_TO_SERVER].mtu.at_least;
    struct search_span span = {SESSION_CONTROL, floor_of(s), passes, REPLIES_MAX};
    bool exact =
        search_bracket(known).below == known->tally.at_least + 1; /* no ceiling is set yet */
    bool worth = s->reply_in_fragments && passes > known->tally.at_least && !exact;
    if (!worth || s->replies.running || known->n_rounds)
        return;
    known->control = span.control;
    known->floor = span.floor;
    known->ceiling = passes;
    known->n_sent_max = span.n_sent_max;
    s->replies.running = true;
}

bool raw_is_running(const struct probe_session *s)
{
    return s->echo.running || s->replies.running || s->udp.running;
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool shoot(struct probe_session *s, struct raw_search *r, uint32_t size)
{
    static uint8_t payload[PROBE_WIRE_MAX];
    uint32_t n = s->n_shots;
    uint32_t headers_len = s->settings.to.version == 6 ? UDP_HEADERS_6 : UDP_HEADERS_4;
    if (n == SESSION_SHOTS_MAX || !session_may_send(s, size))
        return false;
    struct probe_shot shot = {.nth = n, .echo = r->echo, .ip_len = size, .payload = payload};
    if (r->echo) {
        shot.id = s->echo_id;
        shot.number = (uint16_t)(n + 1);
        memcpy(payload, probe_mark, PROBE_MARK_LEN);
    } else {
        shot.from_port = (uint16_t)(s->udp_port + n);
        shot.to_port = s->settings.port;
        bytes_udp_syn(payload, size - headers_len, (uint32_t)s->begin_ns + n);
    }
    s->shots[s->n_shots++] = (struct raw_shot){.owner = r, .size = size};
    if (!r->echo)
        retold_datagram(s->retold, &(struct retold_piece){shot.from_port, true, s->now_ns, payload,
                                                          size - headers_len});
    (void)wire_send(s->wire, &shot); /* what does not leave is missed, as what is lost */
    memset(payload, 0, 64);
    return true;
}

static void next_round(struct probe_session *s, struct raw_search *r)
{
    uint32_t sizes[SEARCH_ROUND_MAX];
    if (r->search.n_rounds)
        search_round_end(&r->search);
    uint32_t n = search_round(&r->search, sizes, ECHO_AT_ONCE);
    memcpy(r->queue, sizes, n * sizeof *sizes);
    r->n_queue = n;
    r->running = n > 0 && !s->used_up;
}

static void step(struct probe_session *s, struct raw_search *r)
{
    if (!r->running)
        return;
    if (r->n_queue == 0 && (r->search.n_waiting == 0 || s->now_ns >= r->deadline_ns))
        next_round(s, r);
    while (r->n_queue && shoot(s, r, r->queue[r->n_queue - 1])) {
        r->n_queue--;
        r->deadline_ns = s->now_ns + session_patience(s);
    }
    if (r->n_queue && s->used_up)
        r->running = false;
}

void raw_ask_alone(struct raw_search *r, uint32_t size)
{
    r->queue[0] = size;
    r->n_queue = 1;
    r->running = true;
}

void raw_step(struct probe_session *s)
{
    step(s, &s->echo);
    step(s, &s->replies);
    step(s, &s->udp);
}

/* ---- answers --------------------------------------------------------------------------------- */

static struct raw_shot *shot_number(struct probe_session *s, uint32_t number, bool echo)
{
    bool known = number < s->n_shots && s->shots[number].owner->echo == echo;
    return known ? &s->shots[number] : NULL;
}

struct raw_shot *raw_quoted(struct probe_session *s, const struct probe_flow *quote)
{
    if (!addr_equal(&quote->to, &s->settings.to))
        return NULL;
    if (quote->protocol == 17)
        return quote->to_port == s->settings.port
                   ? shot_number(s, (uint32_t)(quote->from_port - s->udp_port), false)
                   : NULL;
    bool echo = quote->protocol == 1 || quote->protocol == 58;
    return echo && quote->to_port == s->echo_id ? shot_number(s, quote->number - 1, true) : NULL;
}

static void measure(struct probe_session *s, struct raw_shot *shot, const struct probe_packet *p)
{
    if (shot->sent_ns && !shot->answered)
        session_round_trip(s, p->ts_ns - shot->sent_ns);
}

void raw_arrived(struct probe_session *s, struct raw_shot *shot, uint16_t own_port)
{
    shot->answered = true;
    search_note(&shot->owner->search, shot->size, SEARCH_DELIVERED);
    s->result->echo_answered |= shot->owner->echo;
    s->result->udp_answered |= !shot->owner->echo;
    if (!shot->owner->echo)
        s->udp_answered_port = own_port;
}

/* The request arrived; the reply did whole, or as fragments of which this is the first. */
static void take_reply(struct probe_session *s, struct raw_shot *shot, const struct probe_packet *p)
{
    struct probe_search *replies = &s->replies.search;
    measure(s, shot, p);
    shot->answered = true;
    s->result->echo_answered = true;
    s->reply_in_fragments |= p->fragment;
    search_note(&s->echo.search, shot->size, SEARCH_DELIVERED);
    if (!p->fragment) {
        search_note(replies, shot->size, SEARCH_DELIVERED);
        return;
    }
    search_note(replies, p->flow.ip_len, SEARCH_DELIVERED);
    search_note(replies, shot->size, SEARCH_REFUSED); /* twice: a router did cut it */
    search_note(replies, shot->size, SEARCH_REFUSED);
}

static bool take_echo(struct probe_session *s, const struct probe_packet *p)
{
    struct raw_shot *shot = shot_number(s, p->flow.number - 1, true);
    if (!shot || p->flow.to_port != s->echo_id)
        return false;
    if (p->kind == PROBE_PACKET_ECHO)
        shot->sent_ns = p->ts_ns;
    else if (addr_equal(&p->flow.from, &s->settings.to))
        take_reply(s, shot, p);
    return true;
}

static bool take_udp(struct probe_session *s, const struct probe_packet *p)
{
    bool out = p->flow.to_port == s->settings.port;
    uint16_t port = out ? p->flow.from_port : p->flow.to_port;
    struct raw_shot *shot = shot_number(s, (uint32_t)(port - s->udp_port), false);
    if (!shot)
        return false;
    if (out) {
        shot->sent_ns = p->ts_ns;
        return true;
    }
    measure(s, shot, p);
    raw_arrived(s, shot, port);
    search_note(&s->udp_replies, p->flow.ip_len, SEARCH_DELIVERED);
    return true;
}

bool raw_take(struct probe_session *s, const struct probe_packet *p)
{
    if (p->kind == PROBE_PACKET_ECHO || p->kind == PROBE_PACKET_REPLY)
        return take_echo(s, p);
    return p->kind == PROBE_PACKET_UDP && take_udp(s, p);
}
