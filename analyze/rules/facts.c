/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/facts.h"

enum { PROTOCOL_HYBRID_EX = 8 }; /* [MS-RDPBCGR 2.2.1.1.1] */
enum { LB_NOREDIRECT = 0x80 };   /* [MS-RDPBCGR 2.2.13.1] */

enum { ALERT_FATAL = 2, LEAST_V4 = 576, LEAST_V6 = 1279 };

uint32_t fact_least_mtu(const struct attempt *a)
{
    return a->server.version == 6 ? LEAST_V6 : LEAST_V4;
}

bool fact_capture_whole(const struct connection *c)
{
    return !c->opening.mid_stream && !c->snaplen_cut && !c->path[0].n_missed &&
           !c->path[1].n_missed;
}

bool fact_at_sender(const struct attempt *a, enum rdpath_direction way)
{
    return a->result.vantage == (way == RDPATH_TO_SERVER ? RDPATH_AT_CLIENT : RDPATH_AT_SERVER);
}

bool fact_at_receiver(const struct attempt *a, enum rdpath_direction way)
{
    return a->result.vantage == (way == RDPATH_TO_SERVER ? RDPATH_AT_SERVER : RDPATH_AT_CLIENT);
}

const struct icmp_seen *fact_icmp(const struct connection *c, enum rdpath_icmp kind,
                                  enum rdpath_direction way)
{
    for (uint32_t i = 0; i < c->n_icmp; i++) {
        if (c->icmp[i]->kind == kind && (way == RDPATH_BOTH || c->icmp[i]->direction == way))
            return c->icmp[i];
    }
    return NULL;
}

static bool earlier(const struct moment *a, const struct moment *b)
{
    return a->frame &&
           (!b->frame || a->ts_ns < b->ts_ns || (a->ts_ns == b->ts_ns && a->frame < b->frame));
}

/* Who takes leave first is who leaves: the other's FIN only answers, though it may come first. */
struct leaving fact_leaving(const struct connection *c)
{
    const struct rdpath_ended *e = &c->summary.ended;
    struct leaving found = {.by = e->by, .frame = e->frame};
    if (e->by != RDPATH_BY_CLIENT && e->by != RDPATH_BY_SERVER)
        return found;
    struct moment first = {0};
    for (int way = 0; way < 2; way++) {
        struct moment reset = c->reset[way].seen ? c->reset[way].at : (struct moment){0};
        first = earlier(&reset, &first) ? reset : first;
        first = earlier(&c->fin[way], &first) ? c->fin[way] : first;
    }
    for (int way = 0; way < 2; way++) {
        const struct moment *said[] = {&c->encrypted_alert[way], &c->ultimatum[way]};
        for (int i = 0; i < 2; i++) {
            if (!earlier(said[i], &first))
                continue;
            first = *said[i];
            found.by = way == RDPATH_TO_SERVER ? RDPATH_BY_CLIENT : RDPATH_BY_SERVER;
            found.frame = first.frame;
            found.said = true;
        }
    }
    return found;
}

bool fact_closed_early(const struct connection *c, enum rdpath_end_by by)
{
    const struct rdpath_ended *e = &c->summary.ended;
    if (connection_hides_session(c) || c->gateway_method)
        return false; /* it may have been up for hours */
    return connection_stage(c) < RDPATH_STAGE_ACTIVE && fact_leaving(c).by == by &&
           (e->how == RDPATH_END_FIN || e->how == RDPATH_END_RST || e->how == RDPATH_END_ALERT);
}

const struct rdpath_alert *fact_fatal_alert(const struct connection *c, enum rdpath_direction way)
{
    for (uint32_t i = 0; i < c->tls.n_alerts; i++) {
        const struct rdpath_alert *a = &c->tls.alerts[i];
        if (a->level == ALERT_FATAL && a->direction == way)
            return a;
    }
    return NULL;
}

bool fact_reset_doubtful(const struct connection *c)
{
    if (c->summary.ended.how != RDPATH_END_RST)
        return false;
    return reset_weigh(c, RDPATH_TO_SERVER).sum >= RESET_DOUBTFUL ||
           reset_weigh(c, RDPATH_TO_CLIENT).sum >= RESET_DOUBTFUL;
}

bool fact_stuck(const struct connection *c, enum rdpath_direction way)
{
    const struct rdpath_path *p = &c->path[way];
    return p->hole.open || (p->repeated.n_sent > 2 && !p->repeated.acknowledged);
}

const struct rdpath_credssp *fact_read(const struct connection *c)
{
    static const struct rdpath_credssp nothing;
    return c->session ? &c->session->credssp : &nothing;
}

bool fact_early_result(const struct connection *c)
{
    return c->early_result.frame && !c->credssp_error.frame &&
           c->rdp.requested & PROTOCOL_HYBRID_EX;
}

bool fact_is_licensing_error(uint32_t error_info)
{
    return error_info >= 0x100 && error_info <= 0x10a;
}

bool fact_redirected(const struct connection *c)
{
    return c->session && c->session->redirected.frame &&
           !(c->session->redirected.code & LB_NOREDIRECT);
}

bool fact_of_probe(const struct attempt *a)
{
    for (uint32_t i = 0; i < a->n_connections; i++) {
        if (a->connections[i]->of_probe)
            return true;
    }
    return a->probed;
}

double fact_seconds(int64_t duration_ns)
{
    return (double)duration_ns / 1e9;
}
