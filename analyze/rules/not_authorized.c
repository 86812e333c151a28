/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Early user authorization was denied [MS-RDPBCGR 5.4.2.2.1]: the password was right, the right to
 * log on remotely is missing. Behind TLS the four bytes of the result are told by their size, and
 * that it was a denial by a client that does not begin the session.
 */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

#define GOES_ON_WITHIN_NS 10000000000LL

static void advise(struct verdict *v)
{
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "See who may log on to the server remotely",
                          .where = "server",
                          .platform = "windows",
                          .command = "net localgroup \"Remote Desktop Users\"\n"
                                     "net localgroup Administrators",
                          .verify = "the user, or a group that he is in, is listed",
                          .undo = "nothing to undo",
                          .risk = "none; it only reads",
                      });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "See whether a policy takes the right away again",
                          .where = "server",
                          .platform = "windows",
                          .command = "secedit /export /areas USER_RIGHTS /cfg rights.txt\n"
                                     "findstr RemoteInteractive rights.txt",
                          .verify = "SeRemoteInteractiveLogonRight names the group, and "
                                    "SeDenyRemoteInteractiveLogonRight does not",
                          .undo = "nothing to undo; delete rights.txt",
                          .risk = "none; it only reads",
                      });
    verdict_advise(v, &(struct rdpath_advice){
                          .title = "Let that user log on remotely, if he should",
                          .where = "server",
                          .platform = "windows",
                          .command = "net localgroup \"Remote Desktop Users\" DOMAIN\\USER /add",
                          .verify = "connect again: the session comes up",
                          .undo = "net localgroup \"Remote Desktop Users\" DOMAIN\\USER /delete",
                          .risk = "the user can log on to that server from then on",
                      });
}

static void judge_read(const struct rdpath_code *result, struct verdict *v)
{
    const char *name = rdpath_authorization_name(result->code);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
                  "The password was right, but the user may not log on to this server remotely: "
                  "early user authorization was denied.");
    struct rdpath_frames frames = frames_of(result->frame);
    verdict_evidence(v, &frames, "EarlyUserAuthorizationResult is 0x%08x, %s",
                     (unsigned)result->code, name ? name : "which has no known name");
    advise(v);
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
    advise(v);
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
    .judge = judge,
};
