/* SPDX-License-Identifier: Apache-2.0 */
/* What could be read of the session itself, as JSON: "session". */
#include "report/render/tree_protocol.h"

#include "base/text.h"

static json_t *code_value(const struct rdpath_code *c, const char *name, bool joined)
{
    if (!c->frame)
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "code", value_count(c->code));
    json_object_set_new(o, "name", value_string(name));
    json_object_set_new(o, "frame", value_frame(c->frame, joined));
    return o;
}

static const char *side_word(enum rdpath_direction direction)
{
    return direction == RDPATH_TO_SERVER ? "client" : "server";
}

static json_t *credssp_value(const struct rdpath_credssp *c, bool joined)
{
    if (!c->present && !c->authorization.frame)
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "mechanism", value_string(c->mechanism));
    json_object_set_new(o, "client_version", value_size(c->version[RDPATH_TO_SERVER]));
    json_object_set_new(o, "server_version", value_size(c->version[RDPATH_TO_CLIENT]));
    json_object_set_new(o, "delegated", json_boolean(c->delegated));
    json_object_set_new(o, "error",
                        code_value(&c->error, rdpath_auth_error_name(c->error.code), joined));
    if (c->error.frame)
        json_object_set_new(json_object_get(o, "error"), "from",
                            json_string(c->error_by_client ? "client" : "server"));
    json_object_set_new(o, "authorization",
                        code_value(&c->authorization,
                                   rdpath_authorization_name(c->authorization.code), joined));
    value_add_text(o, "user", &c->user);
    value_add_text(o, "domain", &c->domain);
    value_add_text(o, "workstation", &c->workstation);
    value_add_text(o, "target", &c->target);
    value_add_text(o, "server", &c->server);
    return o;
}

static json_t *client_value(const struct rdpath_session *s)
{
    json_t *o = json_object(), *desktop = json_object();
    json_object_set_new(desktop, "width", value_size(s->desktop_width));
    json_object_set_new(desktop, "height", value_size(s->desktop_height));
    value_add_text(o, "name", &s->client_name);
    json_object_set_new(o, "build", value_size(s->client_build));
    json_object_set_new(o, "desktop", desktop);
    json_object_set_new(o, "version", value_size(s->version[RDPATH_TO_SERVER]));
    json_object_set_new(o, "capabilities", value_count(s->capabilities[RDPATH_TO_SERVER]));
    return o;
}

static json_t *server_value(const struct rdpath_session *s)
{
    json_t *o = json_object();
    bool known = s->has_encryption;
    json_object_set_new(o, "version", value_size(s->version[RDPATH_TO_CLIENT]));
    json_object_set_new(o, "capabilities", value_count(s->capabilities[RDPATH_TO_CLIENT]));
    json_object_set_new(o, "encryption_method",
                        known ? value_count(s->encryption_method) : json_null());
    json_object_set_new(o, "encryption_level",
                        known ? value_count(s->encryption_level) : json_null());
    return o;
}

static json_t *channels_value(const struct rdpath_session *s)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < s->n_channels; i++) {
        struct text clean = {0};
        text_add_utf8(&clean, s->channels[i].bytes, s->channels[i].len);
        json_array_append_new(list, json_stringn(text_string(&clean), clean.len));
        text_free(&clean);
    }
    return list;
}

static json_t *transport_flags(const struct rdpath_session *s, enum rdpath_direction direction)
{
    if (!s->has_multitransport[direction])
        return json_null();
    json_t *list = json_array();
    for (unsigned bit = 0; bit < 32; bit++) {
        const char *name = rdpath_transport_name(s->multitransport[direction] & 1U << bit);
        if (name)
            json_array_append_new(list, json_string(name));
    }
    return list;
}

static json_t *transport_value(const struct rdpath_multitransport *t, bool joined)
{
    enum { UDPFECR = 1, UDPFECL = 2 }; /* [MS-RDPBCGR 2.2.15.1] requestedProtocol */
    struct text hash = {0};
    const char *protocol = t->protocol == UDPFECR   ? "udp-reliable"
                           : t->protocol == UDPFECL ? "udp-lossy"
                                                    : NULL;
    for (size_t i = 0; i < sizeof t->cookie_hash; i++)
        text_addf(&hash, "%02x", (unsigned)t->cookie_hash[i]);
    json_t *o = json_object();
    json_object_set_new(o, "id", value_count(t->id));
    json_object_set_new(o, "protocol", value_string(protocol));
    json_object_set_new(o, "cookie_sha256",
                        value_string(t->has_cookie_hash ? text_string(&hash) : NULL));
    json_object_set_new(o, "response",
                        t->response.frame ? value_count(t->response.code) : json_null());
    json_object_set_new(o, "frame", value_frame(t->frame, joined));
    text_free(&hash);
    return o;
}

static json_t *multitransport_value(const struct rdpath_session *s, bool joined)
{
    json_t *o = json_object(), *requests = json_array();
    for (uint32_t i = 0; i < s->n_transports; i++)
        json_array_append_new(requests, transport_value(&s->transports[i], joined));
    json_object_set_new(o, "client", transport_flags(s, RDPATH_TO_SERVER));
    json_object_set_new(o, "server", transport_flags(s, RDPATH_TO_CLIENT));
    json_object_set_new(o, "requests", requests);
    return o;
}

static json_t *license_value(const struct rdpath_session *s, bool joined)
{
    json_t *o = code_value(&s->license, rdpath_license_error_name(s->license.code), joined);
    if (s->license.frame)
        json_object_set_new(o, "from", json_string(s->license_by_client ? "client" : "server"));
    return o;
}

static json_t *disconnect_value(const struct rdpath_session *s, bool joined)
{
    json_t *o = code_value(&s->disconnect, rdpath_disconnect_name(s->disconnect.code), joined);
    if (s->disconnect.frame)
        json_object_set_new(o, "from", json_string(side_word(s->disconnect_direction)));
    return o;
}

static json_t *redirected_value(const struct rdpath_session *s, bool joined)
{
    if (!s->redirected.frame)
        return json_null();
    json_t *o = json_object();
    value_add_text(o, "address", &s->redirect_address);
    value_add_text(o, "name", &s->redirect_name);
    json_object_set_new(o, "flags", value_count(s->redirected.code));
    json_object_set_new(o, "frame", value_frame(s->redirected.frame, joined));
    return o;
}

json_t *tree_of_session(const struct rdpath_session *s, bool joined)
{
    if (!s)
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "credssp", credssp_value(&s->credssp, joined));
    json_object_set_new(o, "client", client_value(s));
    json_object_set_new(o, "server", server_value(s));
    json_object_set_new(o, "channels", channels_value(s));
    value_add_text(o, "user", &s->user);
    value_add_text(o, "domain", &s->domain);
    json_object_set_new(o, "multitransport", multitransport_value(s, joined));
    json_object_set_new(o, "rtt", s->rtt_ms ? value_seconds(s->rtt_ms * 1000000LL) : json_null());
    json_object_set_new(o, "license", license_value(s, joined));
    json_object_set_new(o, "mcs_result",
                        code_value(&s->mcs_result, rdpath_mcs_result_name(s->mcs_result.code),
                                   joined));
    json_object_set_new(o, "error_info",
                        code_value(&s->error_info, rdpath_error_info_name(s->error_info.code),
                                   joined));
    json_object_set_new(o, "logon_error",
                        code_value(&s->logon_error, rdpath_logon_error_name(s->logon_error.code),
                                   joined));
    json_object_set_new(o, "disconnect", disconnect_value(s, joined));
    json_object_set_new(o, "redirected", redirected_value(s, joined));
    return o;
}
