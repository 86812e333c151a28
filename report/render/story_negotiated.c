/* SPDX-License-Identifier: Apache-2.0 */
/* What client and server told each other, as far as it could be read. */
#include "base/text.h"
#include "report/render/story.h"
#include "report/render/words.h"

#include <string.h>

enum { CERTIFICATE_NAME_MAX = 100 };

static void tell_rdp(struct story *s)
{
    const struct rdpath_rdp *rdp = &s->attempt->rdp;
    const char *wanted = words_protocols(&s->arena, rdp->requested);
    const char *failure = rdpath_failure_name(rdp->failure);
    if (rdp->has_response && rdp->failure)
        story_add(s, STORY_NEGOTIATED, "Security", "client offered %s; server refused: %s (%u)",
                  wanted, failure ? failure : "unknown failure", (unsigned)rdp->failure);
    else if (rdp->has_response)
        story_add(s, STORY_NEGOTIATED, "Security", "client offered %s; server chose %s", wanted,
                  words_protocols(&s->arena, rdp->selected));
    else
        story_add(s, STORY_NEGOTIATED, "Security", "client offered %s; no answer seen", wanted);
    if (rdp->cookie.len)
        story_put(s, STORY_NEGOTIATED, "Cookie", words_text(&s->arena, &rdp->cookie));
}

static void tell_certificate(struct story *s, const struct rdpath_certificate *c)
{
    char from[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE];
    enum { DATE_LEN = 10 };
    text_time_of_seconds(from, c->not_before_s);
    text_time_of_seconds(until, c->not_after_s);
    const char *issuer =
        c->self_signed ? "self-signed"
                       : arena_format(&s->arena, "issued by %s",
                                      words_short(&s->arena, c->issuer, CERTIFICATE_NAME_MAX));
    struct story_row *row =
        story_add(s, STORY_NEGOTIATED, "Certificate", "%s, %s; valid %.*s to %.*s; %s, %s",
                  words_short(&s->arena, c->subject, CERTIFICATE_NAME_MAX), issuer, DATE_LEN, from,
                  DATE_LEN, until, c->key ? c->key : "unknown key",
                  c->signature ? c->signature : "unknown signature");
    row->frames = c->frame ? words_frame(&s->arena, c->frame, s->joined) : NULL;
}

static void tell_alerts(struct story *s)
{
    const struct rdpath_tls *tls = &s->attempt->tls;
    for (uint32_t i = 0; i < tls->n_alerts && i < RDPATH_ALERTS_MAX; i++) {
        const struct rdpath_alert *a = &tls->alerts[i];
        const char *name = rdpath_alert_name(a->description);
        struct story_row *row = story_add(s, STORY_NEGOTIATED, "TLS alert", "%s (%u), from the %s",
                                          name ? name : "unknown alert", (unsigned)a->description,
                                          a->direction == RDPATH_TO_SERVER ? "client" : "server");
        row->frames = a->frame ? words_frame(&s->arena, a->frame, s->joined) : NULL;
    }
}

static void tell_tls(struct story *s)
{
    const struct rdpath_tls *tls = &s->attempt->tls;
    const char *version = rdpath_tls_version_name(tls->version);
    const char *cipher = rdpath_cipher_name(tls->cipher);
    struct text t = {0};
    text_addf(&t, "version %s", version ? version : "not agreed");
    if (tls->cipher && cipher)
        text_addf(&t, ", %s", cipher);
    else if (tls->cipher)
        text_addf(&t, ", cipher 0x%04x", (unsigned)tls->cipher);
    if (tls->server_name.len)
        text_addf(&t, "; client asked for %s", words_text(&s->arena, &tls->server_name));
    story_put(s, STORY_NEGOTIATED, "TLS", arena_string(&s->arena, text_string(&t)));
    text_free(&t);
    if (tls->certificate)
        tell_certificate(s, tls->certificate);
    tell_alerts(s);
}

void story_tell_udp(struct story *s)
{
    const struct rdpath_udp *udp = &s->attempt->udp;
    struct text t = {0};
    if (!udp->attempted)
        return;
    if (!udp->stage) {
        story_add(s, STORY_SIZES, "UDP", "seen beside the TCP connection, not decoded");
        return;
    }
    text_addf(&t, "%s", words_udp(udp->outcome));
    if (udp->outcome != RDPATH_UDP_OK)
        text_addf(&t, "; got as far as %s", udp->stage);
    if (udp->version)
        text_addf(&t, ", version %s, %s", udp->version, udp->lossy ? "lossy" : "reliable");
    if (udp->mtu_up && udp->mtu_up == udp->mtu_down)
        text_addf(&t, ", up to %u bytes", udp->mtu_up);
    else if (udp->mtu_up && udp->mtu_down)
        text_addf(&t, ", up to %u bytes to the server and %u to the client", udp->mtu_up,
                  udp->mtu_down);
    if (udp->retransmitted[0] + udp->retransmitted[1])
        text_addf(&t, "; sent again: %u to the server, %u to the client", udp->retransmitted[0],
                  udp->retransmitted[1]);
    story_put(s, STORY_SIZES, "UDP", arena_string(&s->arena, text_string(&t)));
    text_free(&t);
}

static void tell_connections(struct story *s)
{
    const struct rdpath_attempt *a = s->attempt;
    struct text ports = {0};
    for (uint32_t i = 0; i < a->n_connections; i++)
        text_addf(&ports, "%s%s %u", ports.len ? ", " : "", a->connections[i].udp ? "UDP" : "TCP",
                  (unsigned)a->connections[i].client_port);
    if (a->n_connections > 1)
        story_add(s, STORY_NEGOTIATED, "Connections", "%u, from client ports %s",
                  (unsigned)a->n_connections, text_string(&ports));
    text_free(&ports);
}

void story_tell_negotiated(struct story *s)
{
    if (s->attempt->rdp.present)
        tell_rdp(s);
    if (s->attempt->tls.present)
        tell_tls(s);
    if (s->attempt->session)
        story_tell_session(s, s->attempt->session);
    tell_connections(s);
}
