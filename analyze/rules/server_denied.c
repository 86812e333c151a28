/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server named its reason in Set Error Info [MS-RDPBCGR 2.2.5.1.1], and it could be read. Once
 * the session was up, what a user, an administrator or a limit ends is a normal end.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum {
    DISCONNECTED_BY_OTHER = 5,
    OUT_OF_MEMORY = 6,
    INSUFFICIENT_PRIVILEGES = 9,
    FRESH_CREDENTIALS = 10,
    DISCONNECT_BY_USER = 11,
    LOGOFF_BY_USER = 12,
    SERVER_SHUTDOWN = 0x19,
    SERVER_REBOOT = 0x1a,
    FIRST_PROTOCOL_ERROR = 0x10c9,
    PEER_DISCONNECTED = 0x1196,
};

static bool is_normal_end(const struct connection *c, uint32_t code)
{
    if (code == DISCONNECT_BY_USER || code == LOGOFF_BY_USER)
        return true;
    bool ends_session = code <= DISCONNECTED_BY_OTHER || code == SERVER_SHUTDOWN ||
                        code == SERVER_REBOOT || code == PEER_DISCONNECTED;
    bool was_up = connection_stage(c) >= RDPATH_STAGE_ACTIVE || !fact_capture_whole(c);
    return ends_session && was_up;
}

static void advise_code(struct verdict *v, uint32_t code)
{
    if (code == INSUFFICIENT_PRIVILEGES)
        advise(v, ADVISE_GROUP_SHOW);
    if (code == FRESH_CREDENTIALS)
        advise(v, ADVISE_TYPE_PASSWORD);
    if (code == OUT_OF_MEMORY)
        advise(v, ADVISE_MEMORY);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct rdpath_session *s = c->session;
    uint32_t code = s ? s->error_info.code : 0;
    if (code == 0 || fact_is_licensing_error(code) || is_normal_end(c, code))
        return;
    const char *name = rdpath_error_info_name(code), *words = rdpath_error_info_words(code);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "The server ended the connection and said why: %s (%s).",
                  words                          ? words
                  : code >= FIRST_PROTOCOL_ERROR ? "it did not like what the client sent"
                                                 : "the reason is the code",
                  name ? name : arena_format(v->arena, "code 0x%x", (unsigned)code));
    struct rdpath_frames frames = frames_of(s->error_info.frame);
    verdict_evidence(v, &frames, "the server's Set Error Info is 0x%08x, %s", (unsigned)code,
                     name ? name : "which has no known name");
    advise_code(v, code);
}

const struct rule rule_server_denied = {
    .title = "the server denied the connection and named the reason",
    .means = "The server itself ended it, and its code says why.",
    .recognised = "A Set Error Info PDU, in clear or decrypted, with a code that is no normal end.",
    .confused_with = "server-closed: the same end where the reason could not be read.",
    .fix = "The code names it; the server's event log says more.",
    .advice = {ADVISE_EVENTS_SESSION, ADVISE_JOURNAL_XRDP},
    .judge = judge,
};
