/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/advice.h"

#include "base/text.h"

enum {
    MTU_SAFE = 1280,  /* passes nearly everywhere, and IPv6 needs it (RFC 8200 section 5) */
    MTU_LEAST = 576,  /* Windows takes none smaller, and every IPv4 host receives so much */
    MTU_PLAIN = 1500, /* of an Ethernet adapter */
    RDP_PORT = 3389,
};

const struct advice_row advice_rows[N_ADVICE] = {
#define ADVICE(name, grade, where, platform, title, command, verify, undo, risk)                   \
    [ADVISE_##name] = {ADVICE_##grade, {title, where, platform, command, verify, undo, risk}},
#include "analyze/rules/advice.def"
#undef ADVICE
};

/* ---- numbers --------------------------------------------------------------------------------- */

/* The largest MTU that the evidence supports. What was seen to pass may be far below what would:
   then 1280, if nothing speaks against it. */
static uint32_t mtu_to_set(const struct attempt *a, const struct rdpath_mtu *m)
{
    if (m->at_least >= MTU_SAFE)
        return m->at_least;
    bool safe_fits = m->below == 0 || m->below > MTU_SAFE;
    if (safe_fits || a->server.version == 6)
        return MTU_SAFE;
    return m->at_least > MTU_LEAST ? m->at_least : MTU_LEAST;
}

/* The direction whose sizes are meant: of both the one that lets less through. */
static enum rdpath_direction way_of(const struct attempt *a, const struct verdict *v)
{
    const struct rdpath_path *path = a->decisive->path;
    if (v->direction == RDPATH_BOTH)
        return path[RDPATH_TO_SERVER].mtu.at_least < path[RDPATH_TO_CLIENT].mtu.at_least
                   ? RDPATH_TO_SERVER
                   : RDPATH_TO_CLIENT;
    return v->direction == RDPATH_TO_SERVER ? RDPATH_TO_SERVER : RDPATH_TO_CLIENT;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* A name from the wire goes into a command only where it is nothing but a host name. */
static bool is_host_name(const struct rdpath_text *t)
{
    for (uint32_t i = 0; i < t->len; i++) {
        uint8_t c = t->bytes[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || (c == '-' && i > 0);
        if (!plain)
            return false;
    }
    return t->len > 0 && t->len < 254;
}

const char *advice_server(struct arena *arena, const struct attempt *a)
{
    const struct rdpath_endpoint *server = &a->result.server;
    if (is_host_name(&server->name))
        return arena_format(arena, "%.*s", (int)server->name.len, (const char *)server->name.bytes);
    return server->address;
}

static const char *other_end(const struct attempt *a)
{
    return a->result.vantage == RDPATH_AT_SERVER ? "client" : "server";
}

static const char *firewall_of(struct arena *arena, const struct attempt *a)
{
    const struct connection *c = a->decisive;
    for (uint32_t i = 0; i < c->n_icmp; i++) {
        char from[ADDR_TEXT_SIZE];
        addr_format(&c->icmp[i]->from, from);
        if (c->icmp[i]->kind == RDPATH_ICMP_PROHIBITED)
            return arena_string(arena, from);
    }
    return "each firewall of the path";
}

static const char *number(struct arena *arena, uint32_t n)
{
    return arena_format(arena, "%u", (unsigned)n);
}

/* Where RDP is not on its own port, or the address would be taken for a port. */
static const char *target_of(struct arena *arena, const struct attempt *a)
{
    const char *server = advice_server(arena, a);
    unsigned port = a->result.server.port;
    if (port == RDP_PORT)
        return server;
    return arena_format(arena, strchr(server, ':') ? "[%s]:%u" : "%s:%u", server, port);
}

struct word {
    const char *name, *value;
};

enum { N_WORDS = 21 };

static void words_of_sizes(struct arena *arena, const struct attempt *a, const struct verdict *v,
                           struct word *words)
{
    enum { PING_V4 = 28, PING_V6 = 48, TCP_V4 = 40, TCP_V6 = 60, UDP_V4 = 1260, UDP_V6 = 1280 };
    bool v6 = a->server.version == 6;
    const struct rdpath_mtu *m = &a->decisive->path[way_of(a, v)].mtu;
    uint32_t mtu = mtu_to_set(a, m), above = m->below ? m->below : MTU_PLAIN;
    uint32_t ping = v6 ? PING_V6 : PING_V4;
    const struct word all[] = {
        {"mtu", number(arena, mtu)},
        {"above", number(arena, above)},
        {"payload", number(arena, mtu - ping)},
        {"payload-above", number(arena, above - ping)},
        {"mss", number(arena, mtu - (v6 ? TCP_V6 : TCP_V4))},
        {"at-least", number(arena, m->at_least)},
        {"at-most", number(arena, above - 1)},
        {"udp-size", number(arena, v6 ? UDP_V6 : UDP_V4)},
        {"family", v6 ? "ipv6" : "ipv4"},
        {"df", v6 ? "" : "-f "}, /* IPv6 is never fragmented on the way */
    };
    memcpy(words, all, sizeof all);
}

static void words_of(struct arena *arena, const struct attempt *a, const struct verdict *v,
                     struct word words[N_WORDS])
{
    enum { N_SIZES = 10 };
    bool up = way_of(a, v) == RDPATH_TO_SERVER;
    const struct word ends[N_WORDS - N_SIZES] = {
        {"server", advice_server(arena, a)},
        {"target", target_of(arena, a)},
        {"address", a->result.server.address},
        {"port", number(arena, a->result.server.port)},
        {"client", a->result.client.address},
        {"client-port", number(arena, a->result.client.port)},
        {"other", other_end(a)},
        {"sender", up ? "client" : "server"},
        {"receiver", up ? "server" : "client"},
        {"firewall", firewall_of(arena, a)},
        {"way", attempt_direction_words(way_of(a, v))},
    };
    words_of_sizes(arena, a, v, words);
    memcpy(words + N_SIZES, ends, sizeof ends);
}

/* ---- filling in ------------------------------------------------------------------------------ */

/* NULL: what stands in the braces is none of the words, but the command's own. */
static const struct word *word_at(const struct word *words, const char *text, size_t len)
{
    for (int i = 0; i < N_WORDS; i++) {
        if (strlen(words[i].name) == len && memcmp(words[i].name, text, len) == 0)
            return &words[i];
    }
    return NULL;
}

static const char *fill(struct arena *arena, const struct word *words, const char *text)
{
    struct text out = {0};
    if (!strchr(text, '{'))
        return text;
    for (const char *open; (open = strchr(text, '{'));) {
        size_t len = strcspn(open + 1, "{}");
        const struct word *w = open[len + 1] == '}' ? word_at(words, open + 1, len) : NULL;
        text_add_bytes(&out, text, (size_t)(open - text) + (w ? 0 : 1));
        text_add(&out, w ? w->value : "");
        text = w ? open + len + 2 : open + 1;
    }
    text_add(&out, text);
    const char *kept = arena_string(arena, text_string(&out));
    text_free(&out);
    return kept;
}

static const char *labelled(struct arena *arena, const char *label, const char *text)
{
    return label ? arena_format(arena, "%s%s", label, text) : text;
}

static struct rdpath_advice filled(struct arena *arena, const struct word *words, enum advice which)
{
    const struct advice_row *row = &advice_rows[which];
    const struct rdpath_advice *t = &row->text;
    const char *label = row->grade == ADVICE_WEAKENS ? "LOWERS SECURITY: " : NULL;
    return (struct rdpath_advice){
        .title = fill(arena, words, labelled(arena, label, t->title)),
        .where = fill(arena, words, t->where),
        .platform = t->platform,
        .command = fill(arena, words, t->command),
        .verify = fill(arena, words, t->verify),
        .undo = fill(arena, words, t->undo),
        .risk = fill(arena, words, labelled(arena, label, t->risk)),
    };
}

struct rdpath_advice advice_general(struct arena *arena, enum advice which)
{
    static const struct word words[N_WORDS] = {
        {"mtu", "MTU"},
        {"above", "LARGER"},
        {"payload", "MTU-28"},
        {"payload-above", "LARGER-28"},
        {"mss", "MSS"},
        {"at-least", "the largest that passed"},
        {"at-most", "the largest that may"},
        {"udp-size", "1260 (IPv6: 1280)"},
        {"family", "ipv4"},
        {"df", "-f "},
        {"server", "SERVER"},
        {"target", "SERVER"},
        {"address", "ADDRESS"},
        {"port", "3389"},
        {"client", "CLIENT"},
        {"client-port", "PORT"},
        {"other", "other end"},
        {"sender", "sender"},
        {"receiver", "receiver"},
        {"firewall", "the firewall that the error comes from"},
        {"way", "in that direction"},
    };
    return filled(arena, words, which);
}

/* ---- order ----------------------------------------------------------------------------------- */

void advise(struct verdict *v, enum advice which)
{
    if (v->n_advised < VERDICT_ADVICE_MAX)
        v->advised[v->n_advised++] = (uint8_t)which;
}

void advise_instead(struct verdict *v, enum advice which)
{
    v->advised_instead = true;
    advise(v, which);
}

void advice_conclude(const struct rule *rule, const struct attempt *a, struct verdict *v)
{
    uint8_t rows[2 * VERDICT_ADVICE_MAX + 1] = {0}; /* NO_ADVICE ends it */
    struct word words[N_WORDS];
    words_of(v->arena, a, v, words);
    memcpy(rows, v->advised, v->n_advised);
    if (!v->advised_instead)
        memcpy(rows + v->n_advised, rule->advice, sizeof rule->advice);
    v->advice = arena_alloc(v->arena, VERDICT_ADVICE_MAX * sizeof *v->advice);
    for (int grade = ADVICE_MEASURE; grade <= ADVICE_WEAKENS; grade++) {
        for (int i = 0; rows[i] && v->n_advice < VERDICT_ADVICE_MAX; i++) {
            if ((int)advice_rows[rows[i]].grade == grade)
                v->advice[v->n_advice++] = filled(v->arena, words, (enum advice)rows[i]);
        }
    }
}

uint32_t advice_list(const struct rule *rule, struct arena *arena,
                     struct rdpath_advice list[VERDICT_ADVICE_MAX])
{
    uint32_t n = 0;
    for (int grade = ADVICE_MEASURE; grade <= ADVICE_WEAKENS; grade++) {
        for (int i = 0; i < VERDICT_ADVICE_MAX && rule->advice[i]; i++) {
            if ((int)advice_rows[rule->advice[i]].grade == grade)
                list[n++] = advice_general(arena, (enum advice)rule->advice[i]);
        }
    }
    return n;
}
