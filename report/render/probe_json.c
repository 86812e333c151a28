/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath.probe/1, in the order of members that docs/probe.md shows. */
#include "report/render/probe.h"
#include "report/render/tree_protocol.h"

static const char *const kinds[RDPATH_PROBE_KINDS] = {"icmp", "udp", "tcp"};
static const char *const ways[2] = {"to_server", "to_client"};
static const char *const statuses[] = {"well",    "open",  "undetermined",
                                       "limited", "fault", "unanswered"};

static void set(json_t *o, const char *name, json_t *value)
{
    json_object_set_new(o, name, value);
}

/* ---- the path -------------------------------------------------------------------------------- */

static json_t *bracket_value(const struct rdpath_probe_bracket *b)
{
    if (!b->tried)
        return json_null();
    json_t *o = json_object();
    set(o, "at_least", value_size(b->mtu.at_least));
    set(o, "below", value_size(b->mtu.below));
    set(o, "sent", value_count(b->n_sent));
    set(o, "delivered", value_count(b->n_delivered));
    return o;
}

static json_t *way_value(const struct rdpath_probe_way *w)
{
    json_t *o = json_object(), *mtu = json_object(), *by = json_object();
    set(mtu, "at_least", value_size(w->mtu.at_least));
    set(mtu, "below", value_size(w->mtu.below));
    for (int i = 0; i < RDPATH_PROBE_KINDS; i++)
        set(by, kinds[i], bracket_value(&w->by[i]));
    set(o, "mtu", mtu);
    set(o, "exact", json_boolean(w->exact));
    set(o, "ceiling", value_size(w->ceiling));
    set(o, "why", value_string(w->why));
    set(o, "by", by);
    return o;
}

static const char *const said_ids[] = {
#define SAID(name, id, words) id,
#include "rdpath_probe_said.def"
#undef SAID
};

static json_t *error_value(const struct rdpath_probe_error *e)
{
    json_t *o = json_object(), *about = json_array();
    bool too_big = e->said == RDPATH_PROBE_SAID_TOO_BIG;
    for (int i = 0; i < RDPATH_PROBE_KINDS; i++) {
        if (e->of >> i & 1)
            json_array_append_new(about, json_string(kinds[i]));
    }
    set(o, "from", value_string(e->from));
    set(o, "says", json_string(said_ids[e->said]));
    set(o, "about", about);
    set(o, "count", value_count(e->n));
    set(o, "size", value_size(e->size));
    set(o, "mtu", too_big ? value_count(e->mtu) : json_null());
    set(o, "verdict", value_string(e->verdict));
    return o;
}

static json_t *errors_value(const struct rdpath_probe *r)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < r->n_errors; i++)
        json_array_append_new(list, error_value(&r->errors[i]));
    return list;
}

/* ---- RDP ------------------------------------------------------------------------------------- */

/* As in an attempt, without what a probe never says. */
static json_t *protocol_value(const struct rdpath_probe_protocol *p)
{
    const struct rdpath_rdp rdp = {
        .present = true,
        .has_request = true,
        .has_response = p->is_rdp,
        .requested = p->requested,
        .selected = p->selected,
        .failure = p->failure,
    };
    json_t *o = tree_of_rdp(&rdp);
    json_object_del(o, "cookie");
    json_object_del(o, "correlation_id");
    return o;
}

static json_t *rdp_value(const struct rdpath_probe *r)
{
    if (r->connect_ns == RDPATH_UNKNOWN)
        return json_null();
    json_t *o = json_object(), *list = json_array();
    bool answered = false;
    for (uint32_t i = 0; i < r->n_protocols; i++) {
        answered |= r->protocols[i].is_rdp;
        json_array_append_new(list, protocol_value(&r->protocols[i]));
    }
    set(o, "connect", value_seconds(r->connect_ns));
    set(o, "answered", json_boolean(answered));
    set(o, "protocols", list);
    return o;
}

static json_t *udp_value(const struct rdpath_probe *r)
{
    json_t *o = json_object();
    set(o, "answered", json_boolean(r->udp_answered));
    set(o, "refused", json_boolean(r->udp_refused));
    set(o, "version", value_string(r->udp.version));
    set(o, "mtu_up", value_size(r->udp.mtu_up));
    set(o, "mtu_down", value_size(r->udp.mtu_down));
    return o;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static json_t *findings_value(const struct rdpath_probe *r)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < r->n_findings; i++) {
        const struct rdpath_probe_finding *f = &r->findings[i];
        json_t *o = json_object();
        set(o, "id", value_string(f->id));
        set(o, "direction", value_string(rdpath_direction_name(f->direction)));
        set(o, "text", value_string(f->text));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *advice_value(const struct rdpath_probe *r)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < r->n_advice; i++) {
        const struct rdpath_advice *a = &r->advice[i];
        json_t *o = json_object();
        set(o, "title", value_string(a->title));
        set(o, "where", value_string(a->where));
        set(o, "platform", value_string(a->platform));
        set(o, "command", value_string(a->command));
        set(o, "verify", value_string(a->verify));
        set(o, "undo", value_string(a->undo));
        set(o, "risk", value_string(a->risk));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *settings_value(const struct rdpath_probe *r)
{
    if (!r->set_mtu)
        return json_null();
    json_t *o = json_object();
    set(o, "mtu", value_count(r->set_mtu));
    set(o, "mss", value_count(r->set_mss));
    return o;
}

static json_t *problems_value(const struct rdpath_probe *r)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < r->n_problems; i++)
        json_array_append_new(list, value_string(r->problems[i]));
    return list;
}

static json_t *head_of(const struct rdpath_probe *r)
{
    json_t *o = json_object(), *target = json_object(), *local = json_object();
    set(o, "schema", json_string(RDPATH_PROBE_SCHEMA));
    set(o, "tool", json_pack("{s:s, s:s}", "name", "rdpath", "version", RDPATH_VERSION));
    set(target, "host", value_string(r->host));
    set(target, "address", value_string(r->address));
    set(target, "port", value_count(r->port));
    set(o, "target", target);
    set(local, "address", value_string(r->local));
    set(local, "interface", value_string(r->interface));
    set(local, "mtu", value_count(r->interface_mtu));
    set(o, "local", local);
    set(o, "start", value_time(r->start_ns));
    set(o, "duration", value_seconds(r->duration_ns));
    set(o, "sent",
        json_pack("{s:I, s:I}", "packets", (json_int_t)r->n_packets_sent, "bytes",
                  (json_int_t)r->n_bytes_sent));
    set(o, "status", json_string(statuses[r->status]));
    set(o, "interrupted", json_boolean(r->interrupted));
    set(o, "rtt", r->rtt_ns == RDPATH_UNKNOWN ? json_null() : value_seconds(r->rtt_ns));
    return o;
}

void probe_write_json(FILE *file, const struct rdpath_probe *r)
{
    json_t *o = head_of(r), *path = json_object(), *icmp = json_object();
    for (int i = 0; i < 2; i++)
        set(path, ways[i], way_value(&r->path[i]));
    set(o, "path", path);
    set(icmp, "echo", json_boolean(r->echo_answered));
    set(icmp, "errors", errors_value(r));
    set(o, "icmp", icmp);
    set(o, "rdp", rdp_value(r));
    set(o, "tls", tree_of_tls(&r->tls, false));
    set(o, "udp", udp_value(r));
    set(o, "findings", findings_value(r));
    set(o, "set", settings_value(r));
    set(o, "advice", advice_value(r));
    set(o, "capture", value_string(r->capture));
    set(o, "problems", problems_value(r));
    tree_dump(file, o, JSON_INDENT(2));
    fputc('\n', file);
    json_decref(o);
}
