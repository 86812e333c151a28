/* SPDX-License-Identifier: Apache-2.0 */
/* DNS and Kerberos of late. What was asked again is one entry until it is answered. */
#include "analyze/contexts.h"

#include "analyze/proto/dns.h"
#include "analyze/proto/kerberos.h"

/* No client waits longer before it gives up, or asks anew. */
#define NAME_PATIENCE_NS 10000000000LL
#define TICKET_PATIENCE_NS 30000000000LL
#define COPY_WITHIN_NS 10000000LL /* the same question so soon is the same frame, recorded twice */

_Static_assert((int)CONTEXT_HOST_SIZE >= (int)DNS_NAME_SIZE, "a name fits");
_Static_assert((int)CONTEXT_HOST_SIZE >= (int)KERBEROS_HOST_SIZE, "a host fits");
_Static_assert((int)CONTEXT_SERVICE_SIZE >= (int)KERBEROS_SERVICE_SIZE, "a service fits");
_Static_assert((int)CONTEXT_ADDRESSES_MAX >= (int)DNS_ADDRESSES_MAX, "all addresses fit");

struct contexts {
    struct name_asked names[CONTEXTS_NAMES];
    struct ticket_asked tickets[CONTEXTS_TICKETS];
    uint64_t n_names, n_tickets; /* that there were */
};

struct contexts *contexts_new(void)
{
    return memory_zeroed(sizeof(struct contexts));
}

void contexts_free(struct contexts *all)
{
    memory_release(all);
}

/* The i-th of the newest; NULL: that is all. */
static const struct name_asked *name_at(const struct contexts *all, uint64_t i)
{
    bool any = i < all->n_names && i < CONTEXTS_NAMES;
    return any ? &all->names[(all->n_names - 1 - i) % CONTEXTS_NAMES] : NULL;
}

static const struct ticket_asked *ticket_at(const struct contexts *all, uint64_t i)
{
    bool any = i < all->n_tickets && i < CONTEXTS_TICKETS;
    return any ? &all->tickets[(all->n_tickets - 1 - i) % CONTEXTS_TICKETS] : NULL;
}

/* ---- questions and answers ------------------------------------------------------------------- */

static void asked_begin(struct asked *a, const struct packet *p, bool by_client)
{
    *a = (struct asked){.client = by_client ? p->src : p->dst, .of = by_client ? p->dst : p->src};
    a->first_ns = a->last_ns = p->frame->ts_ns;
}

static void asked_question(struct asked *a, int64_t now_ns, rdpath_ref frame)
{
    a->n++;
    a->last_ns = now_ns;
    frames_add(&a->frames, frame);
}

static void asked_answer(struct asked *a, int64_t now_ns, rdpath_ref frame)
{
    a->answered = true;
    a->answer_ns = now_ns;
    frames_add(&a->frames, frame);
}

/* ---- DNS ------------------------------------------------------------------------------------- */

static struct name_asked *name_find(struct contexts *all, const struct addr *client,
                                    const struct dns_message *m, int64_t now_ns)
{
    const struct name_asked *e;
    for (uint64_t i = 0; (e = name_at(all, i)); i++) {
        if (e->type == m->type && addr_equal(&e->asked.client, client) &&
            now_ns - e->asked.last_ns <= NAME_PATIENCE_NS && strcmp(e->name, m->name) == 0)
            return &all->names[e - all->names];
    }
    return NULL;
}

static struct name_asked *name_add(struct contexts *all, const struct packet *p,
                                   const struct dns_message *m)
{
    struct name_asked *e = &all->names[all->n_names++ % CONTEXTS_NAMES];
    *e = (struct name_asked){.type = m->type};
    asked_begin(&e->asked, p, !m->answer);
    memcpy(e->name, m->name, sizeof m->name);
    return e;
}

static void name_question(struct contexts *all, const struct packet *p, const struct dns_message *m,
                          rdpath_ref frame)
{
    int64_t now_ns = p->frame->ts_ns;
    struct name_asked *e = name_find(all, &p->src, m, now_ns);
    if (e && now_ns - e->asked.last_ns < COPY_WITHIN_NS)
        return;
    if (!e || e->asked.answered)
        e = name_add(all, p, m);
    asked_question(&e->asked, now_ns, frame);
}

/* What one name server does not know another one may. */
static void name_answer(struct contexts *all, const struct packet *p, const struct dns_message *m,
                        rdpath_ref frame)
{
    struct name_asked *e = name_find(all, &p->dst, m, p->frame->ts_ns);
    if (!e)
        e = name_add(all, p, m);
    else if (e->asked.answered && (e->code == 0 || m->code))
        return;
    asked_answer(&e->asked, p->frame->ts_ns, frame);
    e->code = m->code;
    e->n_addresses = (uint8_t)m->n_addresses;
    memcpy(e->addresses, m->addresses, sizeof m->addresses);
}

void contexts_name(struct contexts *all, const struct packet *p, rdpath_ref frame)
{
    struct udp_datagram udp;
    struct dns_message m;
    if (!udp_decode(p, &udp) || !dns_read(udp.payload, &m))
        return;
    if (m.answer && p->src_port == DNS_PORT)
        name_answer(all, p, &m, frame);
    else if (!m.answer && p->dst_port == DNS_PORT)
        name_question(all, p, &m, frame);
}

/* ---- Kerberos -------------------------------------------------------------------------------- */

static struct ticket_asked *ticket_find(struct contexts *all, const struct addr *client,
                                        int64_t now_ns)
{
    const struct ticket_asked *e;
    for (uint64_t i = 0; (e = ticket_at(all, i)); i++) {
        if (addr_equal(&e->asked.client, client))
            break;
    }
    bool open = e && !e->asked.answered && now_ns - e->asked.last_ns <= TICKET_PATIENCE_NS;
    return open ? &all->tickets[e - all->tickets] : NULL;
}

static struct ticket_asked *ticket_add(struct contexts *all, const struct packet *p, bool by_client)
{
    struct ticket_asked *e = &all->tickets[all->n_tickets++ % CONTEXTS_TICKETS];
    *e = (struct ticket_asked){0};
    asked_begin(&e->asked, p, by_client);
    return e;
}

/* Where a client asks several domain controllers the first answer of any is what it waits for. */
static void ticket_question(struct contexts *all, const struct packet *p, rdpath_ref frame)
{
    int64_t now_ns = p->frame->ts_ns;
    struct ticket_asked *e = ticket_find(all, &p->src, now_ns);
    if (e && now_ns - e->asked.last_ns < COPY_WITHIN_NS)
        return;
    if (!e)
        e = ticket_add(all, p, true);
    asked_question(&e->asked, now_ns, frame);
}

/* m NULL: a packet that shows that the domain controller is there. */
static void ticket_answer(struct contexts *all, const struct packet *p,
                          const struct kerberos_message *m, rdpath_ref frame)
{
    struct ticket_asked *e = ticket_find(all, &p->dst, p->frame->ts_ns);
    if (!e && !m)
        return;
    if (!e)
        e = ticket_add(all, p, false);
    asked_answer(&e->asked, p->frame->ts_ns, frame);
    if (!m)
        return;
    e->error = m->code;
    memcpy(e->service, m->service, sizeof m->service);
    memcpy(e->host, m->host, sizeof m->host);
}

static bool message_read(const struct packet *p, struct kerberos_message *m, uint8_t *flags)
{
    struct udp_datagram udp;
    struct tcp_segment tcp;
    *flags = 0;
    if (udp_decode(p, &udp))
        return kerberos_read(udp.payload, m);
    if (!tcp_decode(p, &tcp))
        return false;
    *flags = tcp.flags;
    return kerberos_read_segment(tcp.payload, m);
}

/* Over TCP a SYN is a question already: a domain controller out of reach gets no other. */
void contexts_ticket(struct contexts *all, const struct packet *p, rdpath_ref frame)
{
    struct kerberos_message m;
    uint8_t flags;
    bool read = message_read(p, &m, &flags);
    bool asks = read ? m.kind == KERBEROS_REQUEST : (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    if (asks && p->dst_port == KERBEROS_PORT)
        ticket_question(all, p, frame);
    else if (!asks && p->src_port == KERBEROS_PORT)
        ticket_answer(all, p, read ? &m : NULL, frame);
}

/* ---- for an attempt -------------------------------------------------------------------------- */

static struct context *context_of(struct attempt *a)
{
    if (!a->context)
        a->context = arena_alloc(&a->arena, sizeof *a->context);
    return a->context;
}

static bool names_address(const struct name_asked *e, const struct addr *host)
{
    for (uint8_t i = 0; i < e->n_addresses; i++) {
        if (addr_equal(&e->addresses[i], host))
            return true;
    }
    return false;
}

static bool answered_lately(const struct name_asked *e, const struct attempt *a, int64_t now_ns)
{
    return e->asked.answered && addr_equal(&e->asked.client, &a->client) &&
           now_ns - e->asked.answer_ns <= CONTEXT_BEFORE_NS;
}

static bool has_failed(const struct name_asked *e, const struct attempt *a)
{
    uint16_t type = a->server.version == 6 ? DNS_TYPE_AAAA : DNS_TYPE_A;
    return e->type == type && (e->code == DNS_SERVER_FAILURE || e->code == DNS_NO_SUCH_NAME);
}

/* The answer that named the server; where there was none, those that may have been meant to. */
void contexts_begin(const struct contexts *all, struct attempt *a, int64_t now_ns)
{
    const struct name_asked *e;
    for (uint64_t i = 0; (e = name_at(all, i)); i++) {
        if (answered_lately(e, a, now_ns) && names_address(e, &a->server)) {
            context_of(a)->names[0] = *e;
            a->context->n_names = 1;
            return;
        }
    }
    for (uint64_t i = 0; (e = name_at(all, i)); i++) {
        if (!answered_lately(e, a, now_ns) || !has_failed(e, a))
            continue;
        struct context *context = context_of(a);
        context->names[context->n_names++] = *e;
        if (context->n_names == CONTEXT_NAMES_MAX)
            return;
    }
}

/* Of the connection that got furthest, up to what followed CredSSP. */
void contexts_conclude(const struct contexts *all, struct attempt *a)
{
    const struct ticket_asked *e, *found[CONTEXT_TICKETS_MAX];
    if (all->n_tickets == 0 || a->n_connections == 0)
        return;
    const struct connection *c = attempt_furthest(a);
    int64_t until_ns = c->last_ns;
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        if (c->rungs[i].stage > RDPATH_STAGE_CREDSSP && c->rungs[i].ts_ns < until_ns)
            until_ns = c->rungs[i].ts_ns;
    }
    uint32_t n = 0;
    for (uint64_t i = 0; (e = ticket_at(all, i)) && n < CONTEXT_TICKETS_MAX; i++) {
        int64_t over_ns = e->asked.answered ? e->asked.answer_ns : e->asked.last_ns;
        if (addr_equal(&e->asked.client, &a->client) && e->asked.first_ns <= until_ns &&
            over_ns >= c->summary.start_ns - CONTEXT_BEFORE_NS)
            found[n++] = e;
    }
    if (n == 0)
        return;
    struct context *context = context_of(a);
    while (n)
        context->tickets[context->n_tickets++] = *found[--n];
}
