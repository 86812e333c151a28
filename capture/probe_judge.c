/* SPDX-License-Identifier: Apache-2.0 */
/* From what a probe saw to what is wrong and what to set. It sees no packet. */
#include "capture/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    MTU_SET_LEAST = 576,
    PORT_HEADERS_4 = 40,
    PORT_HEADERS_6 = 60,
    LONGER_FACTOR = 4, /* to see whether an answer comes after all */
    LITTLE = 20,       /* bytes by which a limit may be more */
    LINE_SIZE = 400,   /* a command and the longest names of a host and an adapter */
};

static const struct {
    uint32_t mtu;
    const char *what;
} plateaus[] = {
#define PLATEAU(mtu, first, what) {mtu, what},
#include "capture/probe_sizes.def"
#undef PLATEAU
};

static const char *const said_words[] = {
#define SAID(name, id, words) words,
#include "rdpath_probe_said.def"
#undef SAID
};

__attribute__((format(printf, 4, 5))) static void
find(struct rdpath_probe *r, const char *id, enum rdpath_direction way, const char *format, ...)
{
    if (r->n_findings == RDPATH_PROBE_FINDINGS_MAX)
        return;
    struct rdpath_probe_finding *f = &r->findings[r->n_findings++];
    f->id = id;
    f->direction = way;
    va_list args;
    va_start(args, format);
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
}

static void raise_to(struct rdpath_probe *r, enum rdpath_probe_status status)
{
    if (status > r->status)
        r->status = status;
}

/* ---- the path -------------------------------------------------------------------------------- */

static const char *plateau_words(uint32_t mtu)
{
    for (size_t i = 0; i < sizeof plateaus / sizeof plateaus[0]; i++) {
        if (plateaus[i].mtu == mtu)
            return plateaus[i].what;
    }
    return NULL;
}

static const char *who_says_so(const struct rdpath_probe_way *w, enum rdpath_direction way)
{
    if (!w->knows)
        return "larger echo replies arrive in fragments";
    return way == RDPATH_TO_SERVER ? "an ICMP error says so"
                                   : "the server sends no larger ones: it was told, its MSS is "
                                     "clamped, or its own interface has that limit";
}

static void write_limit(char *text, size_t size, const struct rdpath_probe_way *w)
{
    uint32_t at_least = w->mtu.at_least, below = w->mtu.below;
    if (w->exact)
        snprintf(text, size, "%u bytes", at_least);
    else if (below - at_least <= LITTLE)
        snprintf(text, size, "%u bytes or a little more", at_least);
    else
        snprintf(text, size, "N bytes (N is %u to %u)", at_least, below - 1);
}

static void judge_way(struct rdpath_probe *r, enum rdpath_direction way)
{
    const struct rdpath_probe_way *w = &r->path[way];
    bool smaller = w->mtu.below || (w->knows && w->mtu.at_least == w->ceiling);
    if (!smaller || !w->mtu.at_least || w->mtu.at_least >= r->interface_mtu)
        return;
    const char *to = way == RDPATH_TO_SERVER ? "the server" : "this machine";
    const char *hint = w->exact ? plateau_words(w->mtu.at_least) : NULL;
    char limit[64];
    write_limit(limit, sizeof limit, w);
    if (w->knows || w->cut) {
        find(r, "path-limit", way, "Packets to %s may have at most %s; %s.%s%s", to, limit,
             who_says_so(w, way), hint ? " That size suggests: " : "", hint ? hint : "");
        raise_to(r, RDPATH_PROBE_LIMITED);
        return;
    }
    find(r, "pmtu-black-hole", way,
         "Packets to %s that have more than %s vanish, and no ICMP error says so.%s%s", to, limit,
         hint ? " That size suggests: " : "", hint ? hint : "");
    raise_to(r, RDPATH_PROBE_FAULT);
}

static bool is_said(const struct rdpath_probe_error *e, const char *verdict)
{
    return strcmp(e->verdict, verdict) == 0;
}

static bool has_limit(const struct rdpath_probe *r, enum rdpath_direction way)
{
    for (uint32_t i = 0; i < r->n_findings; i++) {
        if (r->findings[i].direction == way && (strcmp(r->findings[i].id, "path-limit") == 0 ||
                                                strcmp(r->findings[i].id, "pmtu-black-hole") == 0))
            return true;
    }
    return false;
}

/* The limit that a router names, where no probe can tell whether it is true; 0: none. */
static uint32_t limit_said(const struct rdpath_probe *r)
{
    uint32_t least = 0;
    for (uint32_t i = 0; i < r->n_errors; i++) {
        const struct rdpath_probe_error *e = &r->errors[i];
        bool stands = is_said(e, "unproven") && e->mtu < r->interface_mtu;
        if (stands && (!least || e->mtu < least))
            least = e->mtu;
    }
    return least;
}

static void judge_what_is_said(struct rdpath_probe *r)
{
    uint32_t limit = limit_said(r);
    if (!limit || has_limit(r, RDPATH_TO_SERVER))
        return;
    find(r, "path-limit", RDPATH_TO_SERVER,
         "A router says that packets to the server may have at most %u bytes. No answer shows "
         "that larger ones pass, or that they do not.",
         limit);
    raise_to(r, RDPATH_PROBE_LIMITED);
}

/* Another program may have sent what an error quotes: that alone is no fault. */
static void judge_errors(struct rdpath_probe *r)
{
    for (uint32_t i = 0; i < r->n_errors; i++) {
        const struct rdpath_probe_error *e = &r->errors[i];
        bool other = e->said != RDPATH_PROBE_SAID_TOO_BIG && !is_said(e, "wrong-quote");
        if (other || is_said(e, "confirmed") || is_said(e, "unproven") ||
            is_said(e, "not-the-least"))
            continue;
        if (is_said(e, "wrong-quote")) {
            find(r, "icmp-lies", RDPATH_TO_SERVER,
                 "An ICMP error from %s (\"%s\") quotes a packet that this probe did not send "
                 "(%s): it is forged, or about another program's. It was not believed.",
                 e->from, said_words[e->said], e->verdict);
            continue;
        }
        find(r, "icmp-lies", RDPATH_TO_SERVER,
             "An ICMP error from %s names a limit of %u bytes, which is not true (%s); it was not "
             "believed.",
             e->from, e->mtu, e->verdict);
        raise_to(r, RDPATH_PROBE_FAULT);
    }
}

/* Larger packets pass; these do not, for a reason of their own. */
static void judge_kinds(struct rdpath_probe *r)
{
    const struct rdpath_probe_way *in = &r->path[RDPATH_TO_CLIENT];
    const struct rdpath_probe_way *out = &r->path[RDPATH_TO_SERVER];
    const struct rdpath_mtu *udp = &out->by[RDPATH_PROBE_UDP].mtu;
    if (in->tcp_most)
        find(r, "mss-clamped", RDPATH_TO_CLIENT,
             "TCP's packets to this machine have at most %u bytes, though larger ones get through: "
             "the MSS is clamped on the way, or limited at the server.",
             in->tcp_most);
    if (!udp->below || udp->below > out->mtu.at_least)
        return;
    find(r, "udp-large-dropped", RDPATH_TO_SERVER,
         "RDP over UDP: datagrams to the server that have more than %u bytes, or the answers to "
         "them, vanish, though TCP's packets of that size do not.",
         udp->at_least);
    raise_to(r, RDPATH_PROBE_FAULT);
}

/* ---- RDP ------------------------------------------------------------------------------------- */

static const struct rdpath_probe_protocol *first_answer(const struct rdpath_probe *r)
{
    for (uint32_t i = 0; i < r->n_protocols; i++) {
        if (r->protocols[i].answered)
            return &r->protocols[i];
    }
    return NULL;
}

/* What is said of the port in its place, or of the host, while nothing that it quotes is answered:
   it would have had to arrive there. */
static const struct rdpath_probe_error *who_bars(const struct rdpath_probe *r)
{
    const struct rdpath_probe_error *of_host = NULL;
    for (uint32_t i = 0; i < r->n_errors && r->connect_ns == RDPATH_UNKNOWN; i++) {
        const struct rdpath_probe_error *e = &r->errors[i];
        if (!is_said(e, "stands"))
            continue;
        if (e->of & 1u << RDPATH_PROBE_TCP)
            return e;
        if (e->said == RDPATH_PROBE_SAID_NET || e->said == RDPATH_PROBE_SAID_HOST ||
            e->said == RDPATH_PROBE_SAID_HOPS)
            of_host = e;
    }
    return r->refused || r->echo_answered || r->udp_answered ? NULL : of_host;
}

/* The same ids as the causes that rdpath analyze finds in a capture of it. */
static void judge_barred(struct rdpath_probe *r)
{
    const enum rdpath_direction none = RDPATH_NO_DIRECTION;
    const struct rdpath_probe_error *e = r->barred;
    const char *words = said_words[e->said];
    if (e->said == RDPATH_PROBE_SAID_PROHIBITED)
        find(r, "firewall-reject", none,
             "A firewall at %s forbids the connection to %s port %u, and says so (ICMP \"%s\").",
             e->from, r->address, r->port, words);
    else if (strcmp(e->from, r->address) == 0)
        find(r, "host-unreachable", none,
             "%s is up and rejects connections to port %u: it answers \"%s\" (ICMP).", r->address,
             r->port, words);
    else if (e->said == RDPATH_PROBE_SAID_PORT)
        find(r, "host-unreachable", none,
             "%s, on the way, rejects the connection to %s port %u: it answers \"%s\" (ICMP).",
             e->from, r->address, r->port, words);
    else
        find(r, "host-unreachable", none,
             "There is no way to %s: %s answers \"%s\" (ICMP). Check the address, the routes and "
             "the VPN, and whether the server is up.",
             r->address, e->from, words);
}

static uint32_t patience_seconds(const struct rdpath_probe *r)
{
    return (uint32_t)(r->patience_ns / 1000000000);
}

static const char *patience_words(const struct rdpath_probe *r)
{
    static char words[32];
    if (r->patience_ns == 0)
        return "the time given";
    snprintf(words, sizeof words, "%u s", patience_seconds(r));
    return words;
}

static void judge_not_asked(struct rdpath_probe *r)
{
    find(r, "not-asked", RDPATH_NO_DIRECTION,
         "What may be sent (--max-packets, --max-bytes) does not suffice for one connection: port "
         "%u was not asked. Leave these options out, or give more.",
         r->port);
    raise_to(r, RDPATH_PROBE_UNDETERMINED);
}

static bool judge_connection(struct rdpath_probe *r)
{
    const enum rdpath_direction none = RDPATH_NO_DIRECTION;
    const struct rdpath_probe_protocol *answer = first_answer(r);
    uint32_t n_before = r->n_findings;
    if (r->not_asked) {
        judge_not_asked(r);
        return true;
    }
    if (r->barred)
        judge_barred(r);
    else if (r->connect_ns == RDPATH_UNKNOWN && r->refused)
        find(r, "connect-refused", none, "Port %u of %s is closed: the server refuses.", r->port,
             r->address);
    else if (answer && !answer->is_rdp)
        find(r, "not-rdp", none, "What answers on port %u is not RDP.", r->port);
    else if (r->interrupted)
        return true; /* it may yet have come */
    else if (r->connect_ns == RDPATH_UNKNOWN)
        find(r, "connect-unanswered", none,
             "Port %u of %s does not answer over TCP, though the host is there.", r->port,
             r->address);
    else if (!answer && r->n_protocols && r->protocols[0].closed)
        find(r, "server-closes", none,
             "Port %u takes the connection and closes it instead of answering RDP's first message: "
             "the server, or what stands before it, refuses this client, or is not RDP.",
             r->port);
    else if (!answer)
        find(r, "server-silent", none,
             "Port %u takes the connection and does not answer RDP's first message within %s.",
             r->port, patience_words(r));
    return r->n_findings == n_before;
}

static void judge_flight(struct rdpath_probe *r)
{
    const char *text =
        r->flight == RDPATH_FLIGHT_CLOSED
            ? "The server chose TLS and closes the connection instead of sending its certificate."
        : r->flight == RDPATH_FLIGHT_TORN
            ? "The server chose TLS, and not all of its answer arrives: packets of it are lost."
            : "The server chose TLS and sends no certificate: its flight is lost, or it cannot.";
    if (r->flight == RDPATH_FLIGHT_SILENT && !r->tls.n_alerts) {
        find(r, "tls-unanswered", RDPATH_TO_CLIENT,
             "The server chose TLS and did not answer the ClientHello within %s, though it "
             "arrived: the server is slow, or hangs, or its answer is lost. rdpath probe "
             "--timeout %u waits longer, and tells.",
             patience_words(r), LONGER_FACTOR * patience_seconds(r));
        raise_to(r, RDPATH_PROBE_UNDETERMINED);
        return;
    }
    find(r, "tls-handshake-failed", RDPATH_TO_CLIENT, "%s", text);
    raise_to(r, RDPATH_PROBE_FAULT);
}

static void judge_tls(struct rdpath_probe *r, int64_t now_s)
{
    const struct rdpath_certificate *c = r->tls.certificate;
    uint32_t n_before = r->n_findings;
    bool chosen = false;
    for (uint32_t i = 0; i < r->n_protocols; i++)
        chosen |= r->protocols[i].is_rdp && !r->protocols[i].failure && r->protocols[i].selected;
    bool answered = r->tls.present && r->tls.version && !r->tls.n_alerts;
    if (chosen && !answered && !c && !r->interrupted)
        judge_flight(r);
    if (c && c->not_after_s < now_s)
        find(r, "certificate-expired", RDPATH_NO_DIRECTION, "The server's certificate expired.");
    if (c && c->not_before_s > now_s)
        find(r, "certificate-not-yet-valid", RDPATH_NO_DIRECTION,
             "The server's certificate is not valid yet: compare the clocks.");
    if (c && r->n_findings > n_before)
        raise_to(r, RDPATH_PROBE_FAULT);
}

/* ---- what to set ----------------------------------------------------------------------------- */

static char *line(char text[LINE_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static char *line(char text[LINE_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(text, LINE_SIZE, format, args);
    va_end(args);
    return text;
}

static void advise(struct rdpath_probe *r, const struct rdpath_advice *a)
{
    if (r->n_advice < RDPATH_PROBE_ADVICE_MAX)
        r->advice[r->n_advice++] = *a;
}

static const char risk_of_mtu[] = "a little less throughput, on this adapter only";

static const char *verify_mtu(const struct rdpath_probe *r)
{
    static char verify[LINE_SIZE];
    return line(verify, "rdpath probe %s: well, with an interface MTU of %u", r->host, r->set_mtu);
}

static bool is_windows(const struct rdpath_probe *r)
{
    return r->platform && strcmp(r->platform, "windows") == 0;
}

/* Seen from elsewhere, the name of the adapter is not known. */
static void advise_mtu_windows(struct rdpath_probe *r)
{
    static char set[LINE_SIZE], undo[LINE_SIZE];
    static const char command[] =
        "netsh interface %s set subinterface \"%s\" mtu=%u store=persistent";
    const char *ip = strchr(r->address, ':') ? "ipv6" : "ipv4";
    const char *adapter = is_windows(r) ? r->interface : "NAME";
    advise(r, &(struct rdpath_advice){
                  .title = "Lower the MTU of the adapter that leads to the server",
                  .where = "client",
                  .platform = "windows",
                  .command = line(set, command, ip, adapter, r->set_mtu),
                  .verify = verify_mtu(r),
                  .undo = line(undo, command, ip, adapter, r->interface_mtu),
                  .risk = risk_of_mtu,
              });
}

static void advise_mtu_linux(struct rdpath_probe *r)
{
    static char set[LINE_SIZE], undo[LINE_SIZE];
    static const char command[] = "ip link set dev %s mtu %u";
    advise(r, &(struct rdpath_advice){
                  .title = "The same on this machine",
                  .where = "client",
                  .platform = "linux",
                  .command = line(set, command, r->interface, r->set_mtu),
                  .verify = verify_mtu(r),
                  .undo = line(undo, command, r->interface, r->interface_mtu),
                  .risk = risk_of_mtu,
              });
}

static void advise_mtu(struct rdpath_probe *r)
{
    static char clamp[LINE_SIZE];
    advise_mtu_windows(r);
    if (!is_windows(r))
        advise_mtu_linux(r);
    advise(r, &(struct rdpath_advice){
                  .title = "Or clamp the MSS where the tunnel begins, for every client behind it",
                  .where = "network",
                  .platform = "any",
                  .command = line(clamp,
                                  "nft add rule inet filter forward tcp flags syn tcp option "
                                  "maxseg size set %u",
                                  r->set_mss),
                  .verify = "the SYN that arrives at the server has that MSS",
                  .undo = "delete the rule",
                  .risk = "none for TCP; it does nothing for RDP over UDP",
              });
}

/* What a direction without a limit was seen to carry says nothing of what it can. */
static void judge_settings(struct rdpath_probe *r)
{
    uint32_t said = limit_said(r), least = UINT32_MAX;
    for (int way = 0; way < 2; way++) {
        uint32_t passes = r->path[way].mtu.at_least;
        if (way == RDPATH_TO_SERVER && said > passes)
            passes = said;
        if (has_limit(r, way) && passes < least)
            least = passes;
    }
    if (least < MTU_SET_LEAST || least >= r->interface_mtu)
        return;
    r->set_mtu = least;
    r->set_mss = least - (strchr(r->address, ':') ? PORT_HEADERS_6 : PORT_HEADERS_4);
    advise_mtu(r);
}

void probe_judge(struct rdpath_probe *r, int64_t now_s)
{
    bool heard = r->echo_answered || r->udp_answered || r->udp_refused || r->refused ||
                 r->rtt_ns != RDPATH_UNKNOWN || r->connect_ns != RDPATH_UNKNOWN;
    r->barred = who_bars(r);
    if (!heard && !r->barred && r->not_asked) {
        judge_not_asked(r);
        return;
    }
    if (!heard && !r->barred) {
        r->status = RDPATH_PROBE_UNANSWERED;
        return;
    }
    judge_way(r, RDPATH_TO_SERVER);
    judge_way(r, RDPATH_TO_CLIENT);
    judge_what_is_said(r);
    judge_errors(r);
    judge_kinds(r);
    if (!judge_connection(r))
        raise_to(r, RDPATH_PROBE_FAULT);
    else
        judge_tls(r, now_s);
    judge_settings(r);
    if (r->interrupted || !r->path[RDPATH_TO_SERVER].exact || !r->path[RDPATH_TO_CLIENT].exact)
        raise_to(r, RDPATH_PROBE_OPEN);
}
