/* SPDX-License-Identifier: Apache-2.0 */
/* What DNS and Kerberos told the client, where it explains a delay or a failure. */
#include "analyze/attempt/context.h"

#include "base/text.h"

enum {
    DNS_NO_SUCH_NAME = 3,  /* RFC 1035 section 4.1.1; SERVFAIL is the other one kept */
    PREAUTH_REQUIRED = 25, /* RFC 4120 section 7.5.9: how every logon begins */
    RESPONSE_TOO_BIG = 52, /* the client asks again over TCP */
    PROTOCOL_HYBRIDS = 0x2 | 0x8,
};

#define LONG_NS 1000000000LL /* a wait that a user notices */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many characters are the same from the beginning on, in either case. */
static size_t same_len(const char *a, const uint8_t *b, size_t len)
{
    size_t n = 0;
    while (n < len && a[n] && lower(a[n]) == lower((char)b[n]))
        n++;
    return n;
}

static bool is_word(const char *a, const char *b)
{
    size_t len = strlen(b);
    return strlen(a) == len && same_len(a, (const uint8_t *)b, len) == len;
}

/* The same host, one of whose names may be the other's first label. */
static bool is_host(const char *name, const struct rdpath_text *host, bool by_label)
{
    size_t n = same_len(name, host->bytes, host->len);
    char here = name[n], there = n < host->len ? (char)host->bytes[n] : 0;
    if (here == 0 && there == 0)
        return n > 0;
    return by_label && n > 0 && ((here == 0 && there == '.') || (here == '.' && there == 0));
}

/* ---- DNS ------------------------------------------------------------------------------------- */

static const char *times_words(struct attempt *a, const struct asked *asked)
{
    return asked->n > 1 ? arena_format(&a->arena, " %u times", asked->n) : "";
}

static void tell_late(struct attempt *a, const struct name_asked *e)
{
    int64_t wait_ns = e->asked.answer_ns - e->asked.first_ns;
    char wait[TEXT_DURATION_SIZE];
    text_duration(wait, wait_ns);
    struct rdpath_value values[] = {{.name = "name", .text = arena_string(&a->arena, e->name)},
                                    {.name = "wait_ms", .number = wait_ns / 1000000}};
    struct observed o = {OBS_CONTEXT_DNS, e->asked.frames, values, 2};
    attempt_observe(a, &o, "the client asked DNS for %s%s and got the server's address %s later",
                    e->name, times_words(a, &e->asked), wait);
}

static void tell_unknown(struct attempt *a, const struct name_asked *e)
{
    const char *code = e->code == DNS_NO_SUCH_NAME ? "NXDOMAIN" : "SERVFAIL";
    struct rdpath_value values[] = {{.name = "name", .text = arena_string(&a->arena, e->name)},
                                    {.name = "code", .text = code}};
    struct observed o = {OBS_CONTEXT_DNS, e->asked.frames, values, 2};
    attempt_observe(a, &o,
                    "just before, DNS %s for %s (%s); the client has the address from "
                    "elsewhere",
                    e->code == DNS_NO_SUCH_NAME ? "knew no address"
                                                : "had an error instead of an "
                                                  "answer",
                    e->name, code);
}

static void look_names(struct attempt *a, const struct context *seen)
{
    for (uint32_t i = 0; i < seen->n_names; i++) {
        const struct name_asked *e = &seen->names[i];
        if (e->code == 0 && e->asked.answer_ns - e->asked.first_ns >= LONG_NS)
            tell_late(a, e);
        if (e->code && is_host(e->name, &a->result.server.name, false)) {
            tell_unknown(a, e);
            return;
        }
    }
}

/* ---- Kerberos -------------------------------------------------------------------------------- */

/* For the logon as such, or for the server of this attempt. */
static bool concerns(const struct attempt *a, const struct ticket_asked *e)
{
    const struct rdpath_text *server = &a->result.server.name;
    if (is_word(e->service, "krbtgt"))
        return true;
    return is_word(e->service, "TERMSRV") && (server->len == 0 || is_host(e->host, server, true));
}

static bool was_overcome(const struct context *seen, uint32_t i)
{
    const struct ticket_asked *failed = &seen->tickets[i];
    for (i++; i < seen->n_tickets; i++) {
        if (seen->tickets[i].error == 0 && is_word(seen->tickets[i].service, failed->service))
            return true;
    }
    return false;
}

static bool tell_refused(struct attempt *a, const struct context *seen, const struct connection *c)
{
    for (uint32_t i = seen->n_tickets; i-- > 0;) {
        const struct ticket_asked *e = &seen->tickets[i];
        if (e->error == 0 || e->error == PREAUTH_REQUIRED || e->error == RESPONSE_TOO_BIG ||
            e->asked.answer_ns > c->last_ns || !concerns(a, e) || was_overcome(seen, i))
            continue;
        char kdc[ADDR_TEXT_SIZE];
        addr_format(&e->asked.of, kdc);
        const char *name = rdpath_kerberos_error_name(e->error);
        const char *words = rdpath_kerberos_error_words(e->error);
        const char *service = arena_format(&a->arena, "%s/%s", e->service, e->host);
        struct rdpath_value values[] = {{.name = "code", .number = e->error},
                                        {.name = "service", .text = service}};
        struct observed o = {OBS_CONTEXT_KERBEROS, e->asked.frames, values, 2};
        attempt_observe(a, &o, "the domain controller %s gave no ticket for %s: %s (%s, %u)", kdc,
                        service, words ? words : "the reason is the code",
                        name ? name : "no known name", e->error);
        return true;
    }
    return false;
}

/* When the connection reached a rung; until_ns where it did not. */
static int64_t reached_ns(const struct connection *c, enum rdpath_stage stage, int64_t until_ns)
{
    for (uint32_t i = 0; i < c->n_rungs; i++) {
        if (c->rungs[i].stage == stage)
            return c->rungs[i].ts_ns;
    }
    return until_ns;
}

/* Between TLS and CredSSP it is the client's turn, and a ticket is what it needs. */
static void tell_wait(struct attempt *a, const struct context *seen, const struct connection *c)
{
    int64_t from_ns = reached_ns(c, RDPATH_STAGE_TLS_DONE, c->last_ns);
    int64_t until_ns = reached_ns(c, RDPATH_STAGE_CREDSSP, c->last_ns);
    for (uint32_t i = 0; i < seen->n_tickets; i++) {
        const struct asked *e = &seen->tickets[i].asked;
        int64_t first_ns = e->first_ns > from_ns ? e->first_ns : from_ns;
        bool early = e->answered && e->answer_ns < until_ns;
        int64_t wait_ns = (early ? e->answer_ns : until_ns) - first_ns;
        if (e->n < (e->answered ? 1U : 2U) || wait_ns < LONG_NS) /* asked again: it got no answer */
            continue;
        char kdc[ADDR_TEXT_SIZE], wait[TEXT_DURATION_SIZE];
        addr_format(&e->of, kdc);
        text_duration(wait, wait_ns);
        struct rdpath_value value = {.name = "wait_ms", .number = wait_ns / 1000000};
        struct observed o = {OBS_CONTEXT_KERBEROS, e->frames, &value, 1};
        attempt_observe(a, &o,
                        "before its logon the client asked the domain controller %s%s and had no "
                        "answer for %s",
                        kdc, times_words(a, e), wait);
        return;
    }
}

static void look_tickets(struct attempt *a, const struct context *seen)
{
    const struct connection *c = a->decisive;
    enum rdpath_stage stage = connection_stage(c);
    if (!c->rdp.has_response || c->rdp.failure || !(c->rdp.selected & PROTOCOL_HYBRIDS) ||
        stage < RDPATH_STAGE_TLS_DONE)
        return;
    if (stage > RDPATH_STAGE_CREDSSP || !tell_refused(a, seen, c))
        tell_wait(a, seen, c);
}

void attempt_look_context(struct attempt *a)
{
    if (!a->context)
        return;
    look_names(a, a->context);
    look_tickets(a, a->context);
}
