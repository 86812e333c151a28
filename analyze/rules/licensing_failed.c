/* SPDX-License-Identifier: Apache-2.0 */
/* The licence exchange ended in an error that could be read [MS-RDPELE 2.2.2.7.2, MS-RDPBCGR
   2.2.1.12.1.3], or the server named a licensing error in Set Error Info. */
#include "analyze/rules/advice.h"
#include "analyze/rules/facts.h"

enum { STATUS_VALID_CLIENT = 7 };

static void judge_alert(const struct rdpath_session *s, struct verdict *v)
{
    enum { INVALID_CLIENT = 8, NO_LICENSE = 2, INVALID_SCOPE = 4, INVALID_PRODUCT = 11 };
    uint32_t code = s->license.code;
    const char *name = rdpath_license_error_name(code), *words = rdpath_license_error_words(code);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION, "Licensing failed: %s (%s).",
                  words ? words : "the reason is the code", name ? name : "no known name");
    struct rdpath_frames frames = frames_of(s->license.frame);
    verdict_evidence(v, &frames, "the %s ended licensing with error %u, %s",
                     s->license_by_client ? "client" : "server", (unsigned)code,
                     name ? name : "which has no known name");
    if (code == INVALID_CLIENT || code == NO_LICENSE || code == INVALID_SCOPE ||
        code == INVALID_PRODUCT)
        advise(v, ADVISE_LICENCE_RENEW);
}

static void judge_info(const struct rdpath_code *info, struct verdict *v)
{
    enum { HWID = 0x104, BAD_CLIENT_LICENSE = 0x105 };
    const char *name = rdpath_error_info_name(info->code);
    const char *words = rdpath_error_info_words(info->code);
    verdict_found(v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION, "Licensing failed: %s (%s).",
                  words ? words : "the reason is the code", name ? name : "no known name");
    struct rdpath_frames frames = frames_of(info->frame);
    verdict_evidence(v, &frames, "the server's Set Error Info is 0x%08x, %s", (unsigned)info->code,
                     name ? name : "which has no known name");
    if (info->code == HWID || info->code == BAD_CLIENT_LICENSE)
        advise(v, ADVISE_LICENCE_RENEW);
}

static void judge(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    (void)a;
    const struct rdpath_session *s = c->session;
    if (!s || connection_stage(c) >= RDPATH_STAGE_ACTIVE)
        return;
    if (fact_is_licensing_error(s->error_info.code))
        judge_info(&s->error_info, v);
    else if (s->license.frame && s->license.code == STATUS_VALID_CLIENT)
        verdict_ruled_out(v, "the server said that the client needs no other licence");
    else if (s->license.frame)
        judge_alert(s, v);
}

const struct rule rule_licensing_failed = {
    .title = "the licence exchange ended in an error",
    .means = "The server has no licence to give, cannot ask for one, or takes not the client's.",
    .recognised = "A licensing error alert, or a licensing code in Set Error Info, in clear or "
                  "decrypted, before the session is up.",
    .confused_with = "server-closed: the same end where the error could not be read.",
    .fix = "Look at the licence server and at the client's stored licence.",
    .advice = {ADVISE_EVENTS_LICENCE, ADVISE_LICENCE_SERVERS, ADVISE_ADMIN_SESSION},
    .judge = judge,
};
