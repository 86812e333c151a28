/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_session.h"

#include <stdio.h>
#include <string.h>

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
        if (strcmp(o->from, e->from) == 0 && o->mtu == e->mtu && !o->size == !e->size)
            return o;
    }
    return NULL;
}

static void keep(struct rdpath_probe *r, const struct rdpath_probe_error *e)
{
    struct rdpath_probe_error *same = known(r, e);
    if (same)
        same->of_tcp |= e->of_tcp;
    else if (r->n_errors < RDPATH_PROBE_ERRORS_MAX)
        r->errors[r->n_errors++] = *e;
}

void errors_too_big(struct probe_session *s, const struct errors_told *told)
{
    struct raw_shot *shot = told->shot;
    struct rdpath_probe_error e = {.mtu = told->mtu,
                                   .size = told->size,
                                   .of_tcp = told->size && !shot};
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

static bool take_too_big(struct probe_session *s, const struct probe_packet *p)
{
    struct errors_told told = {.from = p->flow.from, .mtu = p->mtu};
    if (!addr_equal(&p->quote.to, &s->settings.to))
        return false; /* another program's, to another host */
    told.shot = raw_quoted(s, &p->quote);
    told.size = told.shot ? told.shot->size : tcp_quoted(s, &p->quote);
    errors_too_big(s, &told);
    return true;
}

/* "Port unreachable" comes from the server: the datagram arrived. */
static bool take_unreachable(struct probe_session *s, const struct probe_packet *p)
{
    struct raw_shot *shot = raw_quoted(s, &p->quote);
    if (!shot || shot->owner->echo || !addr_equal(&p->flow.from, &s->settings.to))
        return shot || tcp_quoted(s, &p->quote);
    errors_port_closed(s, shot);
    return true;
}

bool errors_take(struct probe_session *s, const struct probe_packet *p)
{
    return p->kind == PROBE_PACKET_TOO_BIG ? take_too_big(s, p) : take_unreachable(s, p);
}

/* What a router says of TCP stands beside what echo gets through: it may be another host, behind
   the same address, that answers echo. */
static void believe_tcp(struct probe_session *s, const struct rdpath_probe_error *e)
{
    struct rdpath_probe_way *out = &s->result->path[RDPATH_TO_SERVER];
    uint32_t tcp = s->outbound.at_least, udp = s->udp.search.at_least;
    uint32_t passed = tcp > udp ? tcp : udp;
    if (!e->of_tcp || passed > e->mtu || out->mtu.at_least <= e->mtu)
        return;
    out->mtu = (struct rdpath_mtu){.at_least = passed};
    out->exact = false;
    out->why = "an ICMP error limits TCP to less than echo gets through";
}

void errors_conclude(struct probe_session *s)
{
    struct rdpath_probe_way *out = &s->result->path[RDPATH_TO_SERVER];
    for (uint32_t i = 0; i < s->result->n_errors; i++)
        if (!s->result->errors[i].verdict)
            believe_tcp(s, &s->result->errors[i]);
    for (uint32_t i = 0; i < s->result->n_errors; i++) {
        struct rdpath_probe_error *e = &s->result->errors[i];
        if (e->verdict)
            continue;
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
}
