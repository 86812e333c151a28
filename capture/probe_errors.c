/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_session.h"

#include <stdio.h>
#include <string.h>

enum { IP_TCP = 6 };

/* What RFC 791 and RFC 8200, 5 ask of every link: a smaller limit is no limit. */
static uint32_t least_mtu(const struct probe_session *s)
{
    return s->settings.to.version == 6 ? 1280 : 68;
}

static const char *fault_of(const struct probe_session *s, const struct rdpath_probe_error *e)
{
    if (!e->size)
        return "wrong-quote";
    if (e->mtu < least_mtu(s))
        return "too-small";
    return e->mtu >= e->size ? "not-smaller" : NULL;
}

/* The same one of before; NULL: it is new. */
static struct rdpath_probe_error *known(struct rdpath_probe *r, const struct rdpath_probe_error *e)
{
    for (uint32_t i = 0; i < r->n_errors; i++) {
        struct rdpath_probe_error *o = &r->errors[i];
        if (strcmp(o->from, e->from) == 0 && o->said == e->said && o->mtu == e->mtu &&
            !o->of == !e->of)
            return o;
    }
    return NULL;
}

/* Room for what quotes a probe, even where forged ones came first. */
static struct rdpath_probe_error *place_for(struct rdpath_probe *r,
                                            const struct rdpath_probe_error *e)
{
    if (r->n_errors < RDPATH_PROBE_ERRORS_MAX)
        return &r->errors[r->n_errors++];
    for (uint32_t i = 0; i < r->n_errors; i++) {
        if (e->of && !r->errors[i].of)
            return &r->errors[i];
    }
    return NULL;
}

static void keep(struct rdpath_probe *r, const struct rdpath_probe_error *e)
{
    struct rdpath_probe_error *kept = known(r, e);
    if (!kept && (kept = place_for(r, e)))
        *kept = *e;
    if (!kept)
        return;
    kept->of |= e->of;
    kept->n++;
}

/* The kind of probe that it quotes, as a bit. */
static uint32_t kind_of(const struct raw_shot *shot)
{
    return 1u << (shot->owner->echo ? RDPATH_PROBE_ICMP : RDPATH_PROBE_UDP);
}

void errors_too_big(struct probe_session *s, const struct errors_told *told)
{
    struct raw_shot *shot = told->shot;
    struct rdpath_probe_error e = {.mtu = told->mtu, .size = told->size};
    if (told->size)
        e.of = shot ? kind_of(shot) : 1u << RDPATH_PROBE_TCP;
    e.verdict = fault_of(s, &e);
    addr_format(&told->from, e.from);
    keep(s->result, &e);
    if (e.verdict)
        return;
    (void)search_hint(&s->echo.search, e.mtu);
    (void)search_hint(&s->outbound, e.mtu);
    if (shot && !shot->owner->replies)
        search_note(&shot->owner->search, shot->size, SEARCH_REFUSED);
    else if (shot)
        search_note(&shot->owner->search, shot->size, SEARCH_UNKNOWN);
    else
        search_note(&s->outbound, e.size, SEARCH_REFUSED);
}

void errors_port_closed(struct probe_session *s, struct raw_shot *shot)
{
    shot->answered = true;
    s->result->udp_refused = true;
    search_note(&shot->owner->search, shot->size, SEARCH_DELIVERED);
}

static void take_too_big(struct probe_session *s, const struct probe_packet *p)
{
    struct errors_told told = {.from = p->flow.from, .mtu = p->mtu};
    told.shot = raw_quoted(s, &p->quote);
    told.size = told.shot ? told.shot->size : tcp_quoted(s, &p->quote);
    errors_too_big(s, &told);
}

/* Of a connection of this probe, over or not: its number lies within what is sent on one. */
static bool quotes_connection(const struct probe_session *s, const struct probe_flow *quote)
{
    uint32_t n = s->n_opened < SESSION_OPENED_MAX ? s->n_opened : SESSION_OPENED_MAX;
    if (quote->protocol != IP_TCP || quote->to_port != s->settings.port)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (s->opened[i].port == quote->from_port &&
            quote->number - s->opened[i].number <= PROBE_HELLO_MAX + PROBE_REQUEST_LEN + 2)
            return true;
    }
    return false;
}

void errors_opened(struct probe_session *s, const struct probe_packet *p)
{
    bool out = p->flow.to_port == s->settings.port && addr_equal(&p->flow.to, &s->settings.to);
    bool own = s->own_ports[p->flow.from_port / 8] >> p->flow.from_port % 8 & 1;
    if (!(p->flags & PROBE_TCP_SYN) || !out || !own)
        return;
    s->opened[s->n_opened++ % SESSION_OPENED_MAX] =
        (struct session_opened){p->flow.from_port, p->flow.number};
}

void errors_other(struct probe_session *s, const struct errors_told *told)
{
    struct rdpath_probe_error e = {.said = told->said};
    if (told->shot)
        e.of = kind_of(told->shot);
    else if (told->of_connection)
        e.of = 1u << RDPATH_PROBE_TCP;
    e.verdict = e.of ? NULL : "wrong-quote";
    addr_format(&told->from, e.from);
    keep(s->result, &e);
}

/* "Port unreachable" of a datagram, from the server: it arrived. */
static void take_other(struct probe_session *s, const struct probe_packet *p)
{
    struct errors_told told = {.from = p->flow.from, .said = p->said};
    told.shot = raw_quoted(s, &p->quote);
    told.of_connection = quotes_connection(s, &p->quote);
    errors_other(s, &told);
    if (told.shot && !told.shot->owner->echo && p->said == RDPATH_PROBE_SAID_PORT &&
        addr_equal(&p->flow.from, &s->settings.to))
        errors_port_closed(s, told.shot);
}

bool errors_take(struct probe_session *s, const struct probe_packet *p)
{
    if (!addr_equal(&p->quote.to, &s->settings.to))
        return false; /* another program's, to another host */
    if (p->kind == PROBE_PACKET_TOO_BIG)
        take_too_big(s, p);
    else
        take_other(s, p);
    return true;
}

/* What a router says of TCP stands beside what echo gets through: it may be another host, behind
   the same address, that answers echo. */
static void believe_tcp(struct probe_session *s, const struct rdpath_probe_error *e)
{
    struct rdpath_probe_way *out = &s->result->path[RDPATH_TO_SERVER];
    uint32_t tcp = s->outbound.tally.at_least, udp = s->udp.search.tally.at_least;
    uint32_t passed = tcp > udp ? tcp : udp;
    if (!(e->of & 1u << RDPATH_PROBE_TCP) || passed > e->mtu || out->mtu.at_least <= e->mtu)
        return;
    out->mtu = (struct rdpath_mtu){.at_least = passed};
    out->exact = false;
    out->why = "an ICMP error limits TCP to less than echo gets through";
}

static void conclude_too_big(struct probe_session *s, struct rdpath_probe_error *e)
{
    struct rdpath_probe_way *out = &s->result->path[RDPATH_TO_SERVER];
    bool holds = out->exact && out->mtu.at_least == e->mtu;
    bool wrong = out->mtu.at_least > e->mtu;
    bool further = out->mtu.below && out->mtu.below <= e->mtu;
    bool proven = holds && !s->obeys_errors;
    e->verdict = wrong     ? "contradicted"
                 : further ? "not-the-least"
                 : proven  ? "confirmed"
                           : "unproven";
    out->knows |= !wrong && !further;
}

/* Was a probe of a kind that it quotes answered all the same? */
static void conclude_other(const struct rdpath_probe *r, struct rdpath_probe_error *e)
{
    uint32_t answered = (uint32_t)r->echo_answered << RDPATH_PROBE_ICMP |
                        (uint32_t)r->udp_answered << RDPATH_PROBE_UDP |
                        (uint32_t)(r->connect_ns != RDPATH_UNKNOWN) << RDPATH_PROBE_TCP;
    e->verdict = e->of & answered ? "not-always" : "stands";
}

void errors_conclude(struct probe_session *s)
{
    struct rdpath_probe *r = s->result;
    for (uint32_t i = 0; i < r->n_errors; i++)
        if (!r->errors[i].verdict && r->errors[i].said == RDPATH_PROBE_SAID_TOO_BIG)
            believe_tcp(s, &r->errors[i]);
    for (uint32_t i = 0; i < r->n_errors; i++) {
        if (r->errors[i].verdict)
            continue;
        if (r->errors[i].said == RDPATH_PROBE_SAID_TOO_BIG)
            conclude_too_big(s, &r->errors[i]);
        else
            conclude_other(r, &r->errors[i]);
    }
}
