/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/rules/proxy.h"

#include "analyze/rules/advice.h"

enum { HTTP_LOG_ON = 407 }; /* RFC 9110 section 15.5.8 */

bool proxy_refused(const struct attempt *a, const struct connection *c, struct verdict *v)
{
    const struct proxy_seen *p = &c->proxy;
    if (!p->refused || c->rdp.present)
        return false;
    verdict_found(
        v, RDPATH_CONFIRMED, RDPATH_NO_DIRECTION,
        "The proxy at %s port %u refused to connect to %s (code %u%s), so RDP never began.",
        a->result.server.address, a->result.server.port, p->target ? p->target : "the server",
        p->code, p->kind == PROXY_HTTP && p->code == HTTP_LOG_ON ? ": log on to it first" : "");
    struct rdpath_frames asked = frames_of(p->at.frame), answered = frames_of(p->answered.frame);
    verdict_evidence(v, &answered, "the proxy's last answer has code %u", p->code);
    verdict_evidence(v, &asked, "what the client asked it for first");
    struct rdpath_frames end = frames_of(c->summary.ended.frame);
    verdict_evidence(v, &end, "then the connection was closed");
    advise_instead(v, ADVISE_PROXY_LOG);
    advise_instead(v, ADVISE_PROXY_RULE);
    return true;
}
