/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Early user authorization was denied [MS-RDPBCGR 5.4.2.2.1]: the password was right, the right to
 * log on remotely is missing. Behind TLS the four bytes of the result are told by their size, and
 * that it was a denial by a client that does not begin the session.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

#define GOES_ON_WITHIN_NS 10000000000LL

static void judge_read(const struct rdpath_code *result, struct verdict *v)
{
    const char *name = rdpath_authorization_name(result->code);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "The password was right, but the user may not log on to this server remotely: "
                  "early user authorization was denied.");
    struct rdpath_frames frames = frames_of(result->frame);
    verdict_evidence(v, &frames, "EarlyUserAuthorizationResult is 0x%08x, %s",
                     (unsigned)result->code, name ? name : "which has no known name");
}

static void judge_told(const struct connection *c, struct verdict *v)
{
    bool by_server = fact_closed_early(c, RDPATH_BY_SERVER);
    if (!by_server && !fact_closed_early(c, RDPATH_BY_CLIENT))
        return;
    if (c->summary.ended.quiet_before_ns > GOES_ON_WITHIN_NS || fact_stuck(c, RDPATH_TO_SERVER) ||
        fact_stuck(c, RDPATH_TO_CLIENT))
        return;
    verdict_found(v, by_server ? RDPATH_LIKELY : RDPATH_POSSIBLE, RDPATH_NO_DIRECTION,
                  "The password was right, but the user seems not to be allowed to log on to this "
                  "server remotely.");
    struct rdpath_frames frames = frames_of(c->early_result.frame);
    verdict_evidence(v, &frames,
                     "the server's last record has the size of the early user authorization "
                     "result, which ends a logon that was right");
    struct rdpath_frames end = frames_of(c->summary.ended.frame);
    verdict_evidence(v, &end, "the session was not begun: the %s closed",
                     by_server ? "server" : "client");
    verdict_against(v, NULL, "the result itself travels encrypted");
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct rdpath_code *result = &fact_read(c)->authorization;
    if (connection_stage(c) != RDPATH_STAGE_CREDSSP)
        return;
    if (result->frame && result->code)
        judge_read(result, v);
    else if (result->frame)
        verdict_ruled_out(v, "the server authorized the user");
    else if (fact_early_result(c) && fact_capture_whole(c))
        judge_told(c, v);
}

const struct rule rule_not_authorized = {
    .title = "early user authorization was denied",
    .means = "The user is who he says, and is not allowed to log on to that server remotely.",
    .recognised = "CredSSP succeeds and the server answers with AUTHZ_ACCESS_DENIED; where that "
                  "cannot be read, by its size and by the end that follows.",
    .confused_with = "credentials-rejected: there the logon itself failed.",
    .fix = "Put the user into the group Remote Desktop Users, if he should log on.",
    .advice = {ADVISE_GROUP_SHOW, ADVISE_RIGHTS_SHOW, ADVISE_EVENTS_LOGON, ADVISE_GROUP_ADD},
    .judge = judge,
};
