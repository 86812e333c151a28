/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "report/render/probe.h"

#include <string.h>

enum { WIDTH = 78, LABEL = 8 };

static void put_visible(struct text *t, const char *words)
{
    for (struct reader r = reader_of(words, strlen(words), READER_END); r.left;) {
        bool valid;
        text_add_visible(t, text_next(&r, &valid));
    }
}

static void put_wrapped(FILE *file, const char *first, const char *words)
{
    static const struct text_wrap wrap = {.columns = WIDTH,
                                          .first = LABEL + 2,
                                          .indent = "          "};
    struct text visible = {0}, lines = {0};
    put_visible(&visible, words);
    text_add_wrapped(&lines, text_string(&visible), &wrap);
    fprintf(file, "  %-*s%s\n", LABEL, first, text_string(&lines));
    text_free(&visible);
    text_free(&lines);
}

static void put_line(FILE *file, const char *first, struct text *words)
{
    put_wrapped(file, first, text_string(words));
    text_free(words);
}

/* ---- the path -------------------------------------------------------------------------------- */

static void put_kinds(struct text *t, const struct rdpath_probe_way *w)
{
    static const char *const kinds[RDPATH_PROBE_KINDS] = {"ICMP", "UDP", "TCP"};
    const char *between = " (";
    for (int i = 0; i < RDPATH_PROBE_KINDS; i++) {
        if (!w->by[i].tried)
            continue;
        text_addf(t, "%s%s: ", between, kinds[i]);
        if (w->by[i].mtu.at_least)
            text_addf(t, "%u", w->by[i].mtu.at_least);
        else
            text_add(t, "no answer");
        between = ", ";
    }
    text_add(t, between[0] == ',' ? ")" : "");
}

static void put_way(FILE *file, const char *label, const struct rdpath_probe_way *w)
{
    struct text t = {0};
    if (!w->mtu.at_least)
        text_add(&t, "not measured");
    else if (w->exact && w->mtu.below)
        text_addf(&t, "%u bytes get through, %u do not", w->mtu.at_least, w->mtu.below);
    else if (w->exact)
        text_addf(&t, "%u bytes get through, the most that is sent", w->mtu.at_least);
    else if (w->mtu.below)
        text_addf(&t, "%u bytes get through, %u do not; between them it is open", w->mtu.at_least,
                  w->mtu.below);
    else
        text_addf(&t, "at least %u bytes get through", w->mtu.at_least);
    if (w->why)
        text_addf(&t, ": %s", w->why);
    put_kinds(&t, w);
    put_line(file, label, &t);
}

static const char *const said_words[] = {
#define SAID(name, id, words) words,
#include "rdpath_probe_said.def"
#undef SAID
};

static void put_error(struct text *t, const struct rdpath_probe_error *e)
{
    static const char *const kinds[RDPATH_PROBE_KINDS] = {"echo", "UDP", "TCP"};
    const char *between = " of ";
    if (e->said == RDPATH_PROBE_SAID_TOO_BIG) {
        text_addf(t, "; %s says \"at most %u bytes\": %s", e->from, e->mtu, e->verdict);
        return;
    }
    text_addf(t, "; %s says \"%s\"", e->from, said_words[e->said]);
    for (int i = 0; i < RDPATH_PROBE_KINDS; i++) {
        if (!(e->of >> i & 1))
            continue;
        text_addf(t, "%s%s", between, kinds[i]);
        between = " and ";
    }
    if (e->n > 1)
        text_addf(t, ", %u times", e->n);
    if (strcmp(e->verdict, "stands") != 0)
        text_addf(t, ": %s", e->verdict);
}

static void put_icmp(FILE *file, const struct rdpath_probe *r)
{
    struct text t = {0};
    text_add(&t, r->echo_answered ? "echo is answered" : "echo is not answered");
    text_add(&t, r->interrupted && !r->echo_answered ? " yet" : "");
    for (uint32_t i = 0; i < r->n_errors; i++)
        put_error(&t, &r->errors[i]);
    put_line(file, "ICMP", &t);
}

/* ---- RDP ------------------------------------------------------------------------------------- */

static void put_requested(struct text *t, uint32_t requested)
{
    const char *between = "";
    if (!requested)
        text_add(t, rdpath_protocol_name(0));
    for (uint32_t bit = 1; bit && bit <= requested; bit <<= 1) {
        if (!(requested & bit))
            continue;
        const char *name = rdpath_protocol_name(bit);
        text_addf(t, "%s%s", between, name ? name : "?");
        between = " or ";
    }
}

static void put_rdp(FILE *file, const struct rdpath_probe *r)
{
    struct text t = {0};
    char time[TEXT_DURATION_SIZE];
    if (r->barred) {
        text_addf(&t, "no connection: %s says \"%s\"", r->barred->from,
                  said_words[r->barred->said]);
        put_line(file, "RDP", &t);
        return;
    }
    if (r->connect_ns == RDPATH_UNKNOWN) {
        put_wrapped(file, "RDP",
                    r->not_asked     ? "the port was not asked"
                    : r->refused     ? "the port is closed"
                    : r->interrupted ? "the port has not answered yet"
                                     : "the port does not answer");
        return;
    }
    text_duration(time, r->connect_ns);
    text_addf(&t, "connected in %s", time);
    for (uint32_t i = 0; i < r->n_protocols; i++) {
        const struct rdpath_probe_protocol *p = &r->protocols[i];
        const char *failure = rdpath_failure_name(p->failure);
        const char *selected = rdpath_protocol_name(p->selected);
        text_add(&t, "; asked for ");
        put_requested(&t, p->requested);
        if (!p->answered)
            text_add(&t, p->closed ? ": closed without an answer" : ": no answer");
        else if (!p->is_rdp)
            text_add(&t, ": an answer that is not RDP");
        else if (p->failure)
            text_addf(&t, ": refused (%s)", failure ? failure : "unknown code");
        else
            text_addf(&t, ": %s", selected ? selected : "unknown protocol");
    }
    put_line(file, "RDP", &t);
}

static void put_tls(FILE *file, const struct rdpath_probe *r)
{
    const struct rdpath_certificate *c = r->tls.certificate;
    const char *version = rdpath_tls_version_name(r->tls.version);
    const char *cipher = rdpath_cipher_name(r->tls.cipher);
    char from[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE];
    struct text t = {0};
    if (!r->tls.present)
        return;
    text_addf(&t, "version %s", version ? version : "unknown");
    if (cipher)
        text_addf(&t, ", %s", cipher);
    if (c) {
        text_date(from, c->not_before_s);
        text_date(until, c->not_after_s);
        text_addf(&t, "; certificate of %s by %s, %s, valid from %s to %s", c->subject,
                  c->self_signed ? "itself" : c->issuer, c->key ? c->key : "unknown key", from,
                  until);
    }
    put_line(file, "TLS", &t);
}

/* What answers in place of the server; NULL: nothing does. */
static const struct rdpath_probe_error *who_bars_udp(const struct rdpath_probe *r)
{
    for (uint32_t i = 0; i < r->n_errors; i++) {
        const struct rdpath_probe_error *e = &r->errors[i];
        if (strcmp(e->verdict, "stands") == 0 && e->of >> RDPATH_PROBE_UDP & 1)
            return e;
    }
    return NULL;
}

static void put_udp(FILE *file, const struct rdpath_probe *r)
{
    struct text t = {0};
    const struct rdpath_probe_error *e = who_bars_udp(r);
    if (r->udp_answered)
        text_addf(&t, "answered, version %s, at most %u bytes up and %u down",
                  r->udp.version ? r->udp.version : "unknown", r->udp.mtu_up, r->udp.mtu_down);
    else if (e && !r->udp_refused)
        text_addf(&t, "no answer: %s says \"%s\"", e->from, said_words[e->said]);
    else if (r->interrupted && !r->udp_refused)
        text_add(&t, "no answer yet");
    else
        text_add(&t, r->udp_refused ? "the port is closed"
                                    : "no answer: blocked, or switched off at the server");
    put_line(file, "UDP", &t);
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* What does not make the path or RDP unwell is a note. */
static const char *label_of(const struct rdpath_probe *r, const struct rdpath_probe_finding *f)
{
    bool note = r->status <= RDPATH_PROBE_OPEN || strcmp(f->id, "mss-clamped") == 0;
    if (strcmp(f->id, "tls-unanswered") == 0 || strcmp(f->id, "not-asked") == 0)
        return "OPEN";
    return note ? "NOTE" : strcmp(f->id, "path-limit") == 0 ? "LIMIT" : "FAULT";
}

static void put_answer(FILE *file, const struct rdpath_probe *r)
{
    fputc('\n', file);
    if (r->interrupted)
        put_wrapped(file, "STOPPED",
                    "It was interrupted: what stands here was found until then, and what is "
                    "missing says nothing.");
    if (r->status == RDPATH_PROBE_UNANSWERED && !r->interrupted)
        put_wrapped(
            file, "SILENT",
            "Nothing was answered over ICMP, UDP or TCP: the address may be wrong, the host "
            "down, or all of it filtered.");
    if (r->status == RDPATH_PROBE_WELL)
        put_wrapped(file, "WELL", "No limit on the path and no fault of RDP was found.");
    if (r->status == RDPATH_PROBE_OPEN && !r->interrupted)
        put_wrapped(file, "OPEN",
                    "No fault of RDP was found, and no limit up to the sizes above; what is "
                    "larger could not be measured.");
    for (uint32_t i = 0; i < r->n_findings; i++)
        put_wrapped(file, label_of(r, &r->findings[i]), r->findings[i].text);
    if (r->set_mtu)
        fprintf(file, "\n  What fits both directions: MTU %u, MSS %u\n", r->set_mtu, r->set_mss);
    for (uint32_t i = 0; i < r->n_advice; i++) {
        const struct rdpath_advice *a = &r->advice[i];
        fprintf(file,
                "\n  %u. %s (%s, %s)\n     %s\n     verify: %s\n     undo:   %s\n     risk:   %s\n",
                i + 1, a->title, a->where, a->platform, a->command, a->verify, a->undo, a->risk);
    }
}

void probe_write_text(FILE *file, const struct rdpath_probe *r)
{
    char took[TEXT_DURATION_SIZE];
    struct text head = {0};
    text_duration(took, r->duration_ns);
    text_addf(&head, "%s, %s port %u, from %s on %s (MTU %u)", r->host, r->address, r->port,
              r->local, r->interface, r->interface_mtu);
    struct text visible = {0};
    put_visible(&visible, text_string(&head));
    fprintf(file, "%s\n\n", text_string(&visible));
    text_free(&head);
    text_free(&visible);
    put_way(file, "to it", &r->path[RDPATH_TO_SERVER]);
    put_way(file, "back", &r->path[RDPATH_TO_CLIENT]);
    put_icmp(file, r);
    put_rdp(file, r);
    put_tls(file, r);
    put_udp(file, r);
    put_answer(file, r);
    for (uint32_t i = 0; i < r->n_problems; i++)
        put_wrapped(file, "PROBLEM", r->problems[i]);
    fprintf(file, "\n  %u packets, %llu bytes sent in %s\n", r->n_packets_sent,
            (unsigned long long)r->n_bytes_sent, took);
}
