/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CredSSP ended in an error [MS-CSSP 3.1.5]. Where it can be read its code says why; behind TLS it
 * is told from who closed when, which is less sure.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { PROTOCOL_HYBRID = 0x2, PROTOCOL_HYBRID_EX = 0x8, CLIENT_TOKENS = 2 };

#define ANSWERED_WITHIN_NS 10000000000LL

static bool is_credssp(const struct connection *c)
{
    return c->rdp.has_response && !c->rdp.failure &&
           c->rdp.selected & (PROTOCOL_HYBRID | PROTOCOL_HYBRID_EX);
}

/* What one kind of reason calls for. */
static const struct {
    uint32_t codes[5];
    enum advice advice;
} remedies[] = {
    {{0xc0000133, 0x80090324}, ADVISE_CLOCK_DOMAIN},
    {{0xc000005e, 0xc000018b, 0xc000018d, 0xc0000192, 0x80090311}, ADVISE_DOMAIN_REACHED},
    {{0x80090302, 0xc000006e, 0xc0000418, 0x8009035f, 0x80090322}, ADVISE_FULL_NAME},
};

static void advise_code(struct verdict *v, uint32_t code)
{
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++) {
        for (int k = 0; k < 5; k++) {
            if (code == remedies[i].codes[k])
                advise(v, remedies[i].advice);
        }
    }
}

/* The server's errorCode was read. */
static void judge_read(const struct rdpath_credssp *n, struct verdict *v)
{
    uint32_t code = n->error.code;
    const char *name = rdpath_auth_error_name(code), *words = rdpath_auth_error_words(code);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION, "%s: %s (%s, 0x%08x).",
                  n->error_by_client ? "The client gave up the logon with an error"
                                     : "The server rejected the credentials",
                  words ? words : "the reason is the code", name ? name : "no known name",
                  (unsigned)code);
    struct rdpath_frames frames = frames_of(n->error.frame);
    verdict_evidence(v, &frames, "the %s sent CredSSP's errorCode 0x%08x, %s",
                     n->error_by_client ? "client" : "server", (unsigned)code,
                     name ? name : "which has no known name");
    if (n->mechanism)
        verdict_evidence(v, NULL, "the client logged on with %s", n->mechanism);
    advise_code(v, code);
}

static bool ended_in_credssp(const struct connection *c)
{
    bool by_server = fact_closed_early(c, RDPATH_BY_SERVER);
    bool told = c->encrypted_alert[RDPATH_TO_CLIENT].frame || c->credssp_error.frame;
    if (!by_server && !(told && fact_closed_early(c, RDPATH_BY_CLIENT)))
        return false;
    return !fact_stuck(c, RDPATH_TO_SERVER) && !fact_stuck(c, RDPATH_TO_CLIENT) &&
           c->summary.ended.quiet_before_ns <= ANSWERED_WITHIN_NS;
}

static struct rdpath_frames logon_frames(const struct connection *c)
{
    struct rdpath_frames frames = {0};
    for (size_t i = 0; i < sizeof c->logon_frames / sizeof c->logon_frames[0]; i++) {
        if (c->logon_frames[i])
            frames_add(&frames, c->logon_frames[i]);
    }
    return frames;
}

static void judge_told(const struct connection *c, struct verdict *v)
{
    verdict_found(v, RDPATH_LIKELY, RDPATH_NO_DIRECTION,
                  "The server rejected the credentials: CredSSP ended right after the client's "
                  "logon token.");
    rdpath_ref alert = c->encrypted_alert[RDPATH_TO_CLIENT].frame;
    struct rdpath_frames frames =
        frames_of(c->credssp_error.frame ? c->credssp_error.frame : alert);
    if (frames.total)
        verdict_evidence(v, &frames, "%s",
                         c->credssp_error.frame
                             ? "the server's last answer has the size of an error"
                             : "the server answered with an encrypted alert");
    frames = frames_of(c->summary.ended.frame);
    verdict_evidence(v, &frames, "the %s closed in the middle of CredSSP",
                     c->summary.ended.by == RDPATH_BY_SERVER ? "server" : "client");
    frames = logon_frames(c);
    verdict_evidence(v, &frames,
                     "%u records of the client, %u of the server; the session was never "
                     "begun",
                     c->encrypted_records[0], c->encrypted_records[1]);
    verdict_against(v, NULL, "%s",
                    fact_read(c)->present ? "the server closed without an error code"
                                          : "the reason itself travels encrypted");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct rdpath_credssp *n = fact_read(c);
    if (!is_credssp(c) || connection_stage(c) < RDPATH_STAGE_CREDSSP)
        return;
    if (connection_stage(c) > RDPATH_STAGE_CREDSSP) {
        verdict_ruled_out(v, "the credentials were accepted: the connection went on to \"%s\"",
                          rdpath_stage_title(connection_stage(c)));
        return;
    }
    if (n->error.frame) {
        judge_read(n, v);
        return;
    }
    if (n->authorization.frame || n->delegated) {
        verdict_ruled_out(v, "the server took the credentials: CredSSP came to its end");
        return;
    }
    if (c->encrypted_records[RDPATH_TO_SERVER] < CLIENT_TOKENS || fact_early_result(c))
        return;
    if (!fact_capture_whole(c)) {
        verdict_needs(v, "a capture that holds every byte: in this one the logon's end may be "
                         "missing");
        return;
    }
    if (ended_in_credssp(c))
        judge_told(c, v);
}

const struct rule rule_credentials_rejected = {
    .title = "CredSSP ended in an error",
    .means =
        "Wrong or expired password, a locked account, NTLM forbidden, or a clock that is wrong.",
    .recognised = "NLA was negotiated, the client sent its logon token, and the server answered "
                  "with an error or closed. Where it was decrypted, the error's code is named.",
    .confused_with = "not-authorized: there the password was right.",
    .fix = "Event 4625 in the server's security log names the reason.",
    .advice = {ADVISE_EVENTS_LOGON, ADVISE_ACCOUNT_SHOW, ADVISE_JOURNAL_XRDP, ADVISE_TYPE_PASSWORD},
    .judge = judge,
};
