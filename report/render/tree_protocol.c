/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render/tree_protocol.h"

#include "base/text.h"

/* ---- rdp ------------------------------------------------------------------------------------- */

static json_t *protocol_value(uint32_t protocol)
{
    char number[16];
    const char *name = rdpath_protocol_name(protocol);
    snprintf(number, sizeof number, "0x%08x", (unsigned)protocol);
    return json_string(name ? name : number);
}

/* requestedProtocols is a set of bits; none: Standard RDP Security [MS-RDPBCGR 2.2.1.1.1]. */
static json_t *requested_list(uint32_t requested)
{
    json_t *list = json_array();
    if (requested == 0)
        json_array_append_new(list, protocol_value(0));
    for (unsigned bit = 0; bit < 32; bit++)
        if (requested >> bit & 1)
            json_array_append_new(list, protocol_value((uint32_t)1 << bit));
    return list;
}

static json_t *failure_value(uint32_t code)
{
    if (code == 0)
        return json_null();
    json_t *failure = json_object();
    json_object_set_new(failure, "code", value_count(code));
    json_object_set_new(failure, "name", value_string(rdpath_failure_name(code)));
    return failure;
}

static json_t *correlation_value(const struct rdpath_rdp *rdp)
{
    struct text hex = {0};
    if (!rdp->has_correlation_id)
        return json_null();
    for (size_t i = 0; i < sizeof rdp->correlation_id; i++)
        text_addf(&hex, "%02x", (unsigned)rdp->correlation_id[i]);
    json_t *value = json_string(text_string(&hex));
    text_free(&hex);
    return value;
}

json_t *tree_of_rdp(const struct rdpath_rdp *rdp)
{
    if (!rdp->present)
        return json_null();
    json_t *o = json_object();
    bool selected = rdp->has_response && rdp->failure == 0;
    value_add_text(o, "cookie", &rdp->cookie);
    json_object_set_new(o, "requested", requested_list(rdp->requested));
    json_object_set_new(o, "selected", selected ? protocol_value(rdp->selected) : json_null());
    json_object_set_new(o, "failure", failure_value(rdp->failure));
    json_object_set_new(o, "correlation_id", correlation_value(rdp));
    return o;
}

/* ---- tls ------------------------------------------------------------------------------------- */

static json_t *cipher_value(uint16_t cipher)
{
    char number[16];
    const char *name = rdpath_cipher_name(cipher);
    snprintf(number, sizeof number, "0x%04x", (unsigned)cipher);
    return cipher ? json_string(name ? name : number) : json_null();
}

/* RFC 5246 section 7.2: AlertLevel and AlertDescription; a value without a name is its number. */
static json_t *alert_value(const struct rdpath_alert *a, bool joined)
{
    static const char *const levels[] = {NULL, "warning", "fatal"};
    char level[16], description[16];
    snprintf(level, sizeof level, "%u", (unsigned)a->level);
    snprintf(description, sizeof description, "%u", (unsigned)a->description);
    const char *level_name = a->level < 3 ? levels[a->level] : NULL;
    const char *name = rdpath_alert_name(a->description);
    json_t *o = json_object();
    json_object_set_new(o, "from",
                        json_string(a->direction == RDPATH_TO_SERVER ? "client" : "server"));
    json_object_set_new(o, "level", json_string(level_name ? level_name : level));
    json_object_set_new(o, "description", json_string(name ? name : description));
    json_object_set_new(o, "frame", value_frame(a->frame, joined));
    return o;
}

static json_t *alert_list(const struct rdpath_tls *tls, bool joined)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < tls->n_alerts && i < RDPATH_ALERTS_MAX; i++)
        json_array_append_new(list, alert_value(&tls->alerts[i], joined));
    return list;
}

static json_t *date_value(int64_t seconds)
{
    char time[TEXT_TIME_SIZE];
    if (seconds == RDPATH_UNKNOWN)
        return json_null();
    text_time_of_seconds(time, seconds);
    return json_string(time);
}

static json_t *certificate_value(const struct rdpath_certificate *c)
{
    json_t *o = json_object();
    json_object_set_new(o, "subject", value_string(c->subject));
    json_object_set_new(o, "issuer", value_string(c->issuer));
    json_object_set_new(o, "not_before", date_value(c->not_before_s));
    json_object_set_new(o, "not_after", date_value(c->not_after_s));
    json_object_set_new(o, "key", value_string(c->key));
    json_object_set_new(o, "signature", value_string(c->signature));
    json_object_set_new(o, "self_signed", json_boolean(c->self_signed));
    json_object_set_new(o, "sha256", value_string(c->sha256));
    return o;
}

json_t *tree_of_tls(const struct rdpath_tls *tls, bool joined)
{
    if (!tls->present)
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "version", value_string(rdpath_tls_version_name(tls->version)));
    json_object_set_new(o, "cipher", cipher_value(tls->cipher));
    value_add_text(o, "server_name", &tls->server_name);
    json_object_set_new(o, "alerts", alert_list(tls, joined));
    if (tls->certificate)
        json_object_set_new(o, "certificate", certificate_value(tls->certificate));
    return o;
}

/* ---- udp ------------------------------------------------------------------------------------- */

/* Null where the attempt never came to where UDP starts: no session, and no datagram either. */
json_t *tree_of_udp(const struct rdpath_attempt *a)
{
    const struct rdpath_udp *udp = &a->udp;
    bool unread = udp->attempted && !udp->stage; /* seen, and not decoded */
    if (unread || (!udp->attempted && a->stage < RDPATH_STAGE_ACTIVE))
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "attempted", json_boolean(udp->attempted));
    json_object_set_new(o, "stage", value_string(udp->stage ? udp->stage : "none"));
    json_object_set_new(o, "version", value_string(udp->version));
    json_object_set_new(o, "mtu_up", value_size(udp->mtu_up));
    json_object_set_new(o, "mtu_down", value_size(udp->mtu_down));
    json_object_set_new(o, "outcome", value_string(rdpath_udp_outcome_name(udp->outcome)));
    return o;
}
