/* SPDX-License-Identifier: Apache-2.0 */
/* What could be read of the session itself: a line for each thing that matters. */
#include "base/text.h"
#include "report/render/story.h"
#include "report/render/words.h"

static const char *code_words(struct story *s, const char *name, uint32_t code)
{
    return name ? name : arena_format(&s->arena, "0x%08x", (unsigned)code);
}

static void tell_logon(struct story *s, const struct rdpath_credssp *c)
{
    struct text t = {0};
    const struct rdpath_code *granted = &c->authorization;
    text_addf(&t, "%s", c->mechanism ? c->mechanism : "mechanism not told");
    if (c->user.len)
        text_addf(&t, ", %s%s%s", words_text(&s->arena, &c->domain), c->domain.len ? "\\" : "",
                  words_text(&s->arena, &c->user));
    if (c->workstation.len)
        text_addf(&t, " from %s", words_text(&s->arena, &c->workstation));
    if (c->error.frame)
        text_addf(&t, "; ended with %s",
                  code_words(s, rdpath_auth_error_name(c->error.code), c->error.code));
    else if (granted->frame)
        text_addf(&t, "; %s",
                  code_words(s, rdpath_authorization_name(granted->code), granted->code));
    story_put(s, STORY_NEGOTIATED, "Logon", arena_string(&s->arena, text_string(&t)));
    text_free(&t);
}

/* What could be read of the session: who the client is, and the reasons that were named. */
void story_tell_session(struct story *s, const struct rdpath_session *session)
{
    const struct rdpath_code *info = &session->error_info, *sent = &session->redirected;
    const struct rdpath_text *to =
        session->redirect_name.len ? &session->redirect_name : &session->redirect_address;
    if (session->credssp.present)
        tell_logon(s, &session->credssp);
    if (session->client_name.len)
        story_add(s, STORY_NEGOTIATED, "Client", "%s, build %u, %u x %u",
                  words_text(&s->arena, &session->client_name), (unsigned)session->client_build,
                  (unsigned)session->desktop_width, (unsigned)session->desktop_height);
    if (info->frame)
        story_add(s, STORY_NEGOTIATED, "Server said", "%s",
                  code_words(s, rdpath_error_info_name(info->code), info->code))
            ->frames = words_frame(&s->arena, info->frame, s->joined);
    if (sent->frame)
        story_put(s, STORY_NEGOTIATED, "Sent on to", words_text(&s->arena, to))->frames =
            words_frame(&s->arena, sent->frame, s->joined);
}
