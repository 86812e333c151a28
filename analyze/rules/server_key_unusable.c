/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server closes on a complete ClientHello without one TLS byte of its own: Schannel does so
 * when it cannot read the private key (event 36870). A device in between can look alike, so at the
 * client it is likely at most.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

#define AT_ONCE_NS 5000000000LL

/* Who closes resets with an acknowledgement; without one it answers a packet of a connection that
   it knows no more (RFC 9293 section 3.10.7.1): what ended that one may not be in the capture. */
static bool had_forgotten(const struct connection *c)
{
    return c->reset[RDPATH_TO_CLIENT].seen && !c->reset[RDPATH_TO_CLIENT].has_ack;
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    if (connection_stage(c) < RDPATH_STAGE_TLS_HELLO)
        return;
    if (c->tls.server_answered) {
        verdict_ruled_out(v, "the server did answer the ClientHello");
        return;
    }
    if (!fact_closed_early(c, RDPATH_BY_SERVER) || !c->tls.client_hello_whole ||
        fact_stuck(c, RDPATH_TO_CLIENT) || c->summary.ended.quiet_before_ns > AT_ONCE_NS)
        return;
    bool sure = fact_at_receiver(a, RDPATH_TO_SERVER) && fact_capture_whole(c);
    bool doubtful = fact_reset_doubtful(c);
    sure = sure && !doubtful && !had_forgotten(c);
    verdict_found(v,
                  doubtful ? RDPATH_POSSIBLE
                  : sure   ? RDPATH_CONFIRMED
                           : RDPATH_LIKELY,
                  RDPATH_NO_DIRECTION,
                  "The server closes at once when it gets the ClientHello, without one TLS byte: "
                  "it cannot use its certificate's private key.");
    struct rdpath_frames frames = frames_of(c->client_hello.frame);
    verdict_evidence(v, &frames, "the ClientHello was complete");
    frames = frames_of(fact_leaving(c).frame);
    verdict_evidence(v, &frames, "the server closed %.3f s after the last progress",
                     fact_seconds(c->summary.ended.quiet_before_ns));
    if (!sure)
        verdict_against(v, NULL,
                        "from here, a device that resets in the server's name could look "
                        "the same: a capture at the server decides");
}

const struct rule rule_server_key_unusable = {
    .title = "the server closes on the ClientHello without one TLS byte",
    .means = "The server's certificate is there, and its private key cannot be read or used, or "
             "the certificate that the server made for itself is broken.",
    .recognised = "A complete ClientHello, then FIN or RST of the server itself within seconds and "
                  "no TLS record from it.",
    .confused_with = "A device that resets on the ClientHello; a server flight lost on the way.",
    .fix = "Event 36870 at the server, the rights on the key file, a new certificate.",
    .advice = {ADVISE_EVENTS_KEY, ADVISE_CERTIFICATE_WINDOWS, ADVISE_CERTIFICATE_LINUX,
               ADVISE_CAPTURE_OTHER, ADVISE_CAPTURE_OTHER_LINUX, ADVISE_KEY_RIGHTS_WINDOWS,
               ADVISE_KEY_RIGHTS_XRDP, ADVISE_CERTIFICATE_RESTART, ADVISE_CERTIFICATE_NEW},
    .judge = judge,
};
