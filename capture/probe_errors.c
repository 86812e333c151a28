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

static bool is_known(const struct rdpath_probe *r, const struct rdpath_probe_error *e)
{
    for (uint32_t i = 0; i < r->n_errors; i++) {
        const struct rdpath_probe_error *o = &r->errors[i];
        if (strcmp(o->from, e->from) == 0 && o->mtu == e->mtu && !o->size == !e->size)
            return true;
    }
    return false;
}

void errors_too_big(struct probe_session *s, const struct errors_told *told)
{
    struct raw_shot *shot = told->shot;
    struct rdpath_probe_error e = {.mtu = told->mtu, .size = told->size};
    e.verdict = fault_of(s, &e);
    addr_format(&told->from, e.from);
    if (s->result->n_errors < RDPATH_PROBE_ERRORS_MAX && !is_known(s->result, &e))
        s->result->errors[s->result->n_errors++] = e;
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

void errors_conclude(struct probe_session *s)
{
    struct rdpath_probe_way *out = &s->result->path[RDPATH_TO_SERVER];
    for (uint32_t i = 0; i < s->result->n_errors; i++) {
        struct rdpath_probe_error *e = &s->result->errors[i];
        if (e->verdict)
            continue;
        bool holds = out->exact && out->mtu.at_least == e->mtu;
        bool wrong = out->mtu.at_least > e->mtu || (out->mtu.below && out->mtu.below <= e->mtu);
        bool proven = holds && !s->obeys_errors;
        e->verdict = wrong ? "contradicted" : proven ? "confirmed" : "unproven";
        out->knows |= !wrong;
    }
}
