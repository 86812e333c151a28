/* SPDX-License-Identifier: Apache-2.0 */
#include "report/render/tree.h"

#include "report/render/tree_protocol.h"

#include <string.h>

/* ---- who, when, how it ended ----------------------------------------------------------------- */

static json_t *endpoint(const struct rdpath_endpoint *e)
{
    json_t *o = json_object();
    json_object_set_new(o, "address", value_string(e->address[0] ? e->address : NULL));
    json_object_set_new(o, "port", value_size(e->port));
    value_add_text(o, "name", &e->name);
    return o;
}

static json_t *ended(const struct rdpath_ended *e, bool joined)
{
    json_t *o = json_object();
    json_object_set_new(o, "by", value_string(rdpath_end_by_name(e->by)));
    json_object_set_new(o, "how", value_string(rdpath_end_how_name(e->how)));
    json_object_set_new(o, "frame", value_frame(e->frame, joined));
    return o;
}

static json_t *cause(const struct rdpath_attempt *a, bool joined)
{
    json_t *o = json_object();
    json_object_set_new(o, "id", value_string(a->cause.id));
    json_object_set_new(o, "direction", value_string(rdpath_direction_name(a->cause.direction)));
    json_object_set_new(o, "confidence", value_string(rdpath_confidence_name(a->cause.confidence)));
    json_object_set_new(o, "summary", value_string(a->cause.summary));
    value_add_frames(o, &a->cause.frames, joined);
    return o;
}

static json_t *connection(const struct rdpath_connection *c, bool joined)
{
    json_t *o = json_object();
    json_object_set_new(o, "protocol", json_string(c->udp ? "udp" : "tcp"));
    json_object_set_new(o, "decisive", json_boolean(c->decisive));
    json_object_set_new(o, "client_port", value_count(c->client_port));
    json_object_set_new(o, "start", value_time(c->start_ns));
    json_object_set_new(o, "duration", value_seconds(c->duration_ns));
    json_object_set_new(o, "stage", value_string(rdpath_stage_name(c->stage)));
    json_object_set_new(o, "ended", ended(&c->ended, joined));
    return o;
}

/* ---- the path -------------------------------------------------------------------------------- */

static json_t *path_way(const struct rdpath_path *p)
{
    json_t *o = json_object(), *mtu = json_object();
    json_object_set_new(mtu, "at_least", value_size(p->mtu.at_least));
    json_object_set_new(mtu, "below", value_size(p->mtu.below));
    json_object_set_new(o, "mss", value_size(p->mss));
    json_object_set_new(o, "largest_delivered", value_size(p->largest_delivered));
    json_object_set_new(o, "smallest_lost", value_size(p->smallest_lost));
    json_object_set_new(o, "mtu", mtu);
    json_object_set_new(o, "rtt", value_seconds(p->rtt_ns));
    json_object_set_new(o, "retransmitted", value_count(p->retransmitted));
    return o;
}

static json_t *path(const struct rdpath_attempt *a)
{
    if (!a->has_path)
        return json_null();
    json_t *o = json_object();
    json_object_set_new(o, "to_server", path_way(&a->path[RDPATH_TO_SERVER]));
    json_object_set_new(o, "to_client", path_way(&a->path[RDPATH_TO_CLIENT]));
    return o;
}

/* ---- what was seen and found ----------------------------------------------------------------- */

static json_t *observation(const struct rdpath_observation *seen, bool joined)
{
    json_t *o = json_object(), *values = json_object();
    json_object_set_new(o, "id", value_string(seen->id));
    json_object_set_new(o, "text", value_string(seen->text));
    value_add_frames(o, &seen->frames, joined);
    for (uint32_t i = 0; i < seen->n_values && i < RDPATH_VALUES_MAX; i++) {
        const struct rdpath_value *v = &seen->values[i];
        json_object_set_new(values, v->name,
                            v->text ? value_string(v->text) : json_integer(v->number));
    }
    json_object_set_new(o, "values", values);
    return o;
}

static json_t *observations(const struct rdpath_observation *seen, uint32_t n, bool joined)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, observation(&seen[i], joined));
    return list;
}

static json_t *evidence(const struct rdpath_evidence *e, uint32_t n, bool joined)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++) {
        json_t *o = json_object();
        json_object_set_new(o, "text", value_string(e[i].text));
        value_add_frames(o, &e[i].frames, joined);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *advice(const struct rdpath_advice *a)
{
    json_t *o = json_object();
    json_object_set_new(o, "title", value_string(a->title));
    json_object_set_new(o, "where", value_string(a->where));
    json_object_set_new(o, "platform", value_string(a->platform));
    json_object_set_new(o, "command", value_string(a->command));
    json_object_set_new(o, "verify", value_string(a->verify));
    json_object_set_new(o, "undo", value_string(a->undo));
    json_object_set_new(o, "risk", value_string(a->risk));
    return o;
}

static json_t *finding(const struct rdpath_finding *f, bool joined)
{
    json_t *o = json_object(), *steps = json_array();
    for (uint32_t i = 0; i < f->n_advice; i++)
        json_array_append_new(steps, advice(&f->advice[i]));
    json_object_set_new(o, "id", value_string(f->id));
    json_object_set_new(o, "verdict", json_string(f->confirmed ? "confirmed" : "suspected"));
    json_object_set_new(o, "direction", value_string(rdpath_direction_name(f->direction)));
    json_object_set_new(o, "text", value_string(f->text));
    value_add_frames(o, &f->frames, joined);
    json_object_set_new(o, "evidence", evidence(f->evidence, f->n_evidence, joined));
    json_object_set_new(o, "advice", steps);
    json_object_set_new(o, "confidence", value_string(rdpath_confidence_name(f->confidence)));
    json_object_set_new(o, "against", evidence(f->against, f->n_against, joined));
    return o;
}

static void add_judgement(json_t *o, const struct rdpath_attempt *a, bool joined)
{
    json_t *findings = json_array(), *ruled_out = json_array(), *undecided = json_array();
    for (uint32_t i = 0; i < a->n_findings; i++)
        json_array_append_new(findings, finding(&a->findings[i], joined));
    for (uint32_t i = 0; i < a->n_ruled_out; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "id", value_string(a->ruled_out[i].id));
        json_object_set_new(one, "why", value_string(a->ruled_out[i].why));
        value_add_frames(one, &a->ruled_out[i].frames, joined);
        json_array_append_new(ruled_out, one);
    }
    for (uint32_t i = 0; i < a->n_undecided; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "id", value_string(a->undecided[i].id));
        json_object_set_new(one, "needs", value_string(a->undecided[i].needs));
        json_array_append_new(undecided, one);
    }
    json_object_set_new(o, "findings", findings);
    json_object_set_new(o, "ruled_out", ruled_out);
    json_object_set_new(o, "undecided", undecided);
}

/* ---- the attempt ----------------------------------------------------------------------------- */

static void add_identity(json_t *o, const struct rdpath_attempt *a)
{
    json_t *related = json_array();
    for (uint32_t i = 0; i < a->n_related; i++)
        json_array_append_new(related, value_count(a->related[i]));
    json_object_set_new(o, "id", value_count(a->id));
    json_object_set_new(o, "input", value_count(a->input));
    json_object_set_new(o, "vantage", value_string(rdpath_vantage_name(a->vantage)));
    json_object_set_new(o, "related", related);
    json_object_set_new(o, "client", endpoint(&a->client));
    json_object_set_new(o, "server", endpoint(&a->server));
    json_object_set_new(o, "start", value_time(a->start_ns));
    json_object_set_new(o, "duration", value_seconds(a->duration_ns));
}

static void add_course(json_t *o, const struct rdpath_attempt *a, bool joined)
{
    bool waiting = a->waiting_for != RDPATH_BY_NOBODY;
    json_t *end = ended(&a->ended, joined);
    json_object_set_new(end, "quiet_before", value_seconds(a->ended.quiet_before_ns));
    json_object_set_new(o, "outcome", value_string(rdpath_outcome_name(a->outcome)));
    json_object_set_new(o, "stage", value_string(rdpath_stage_name(a->stage)));
    json_object_set_new(o, "stage_inferred", json_boolean(a->stage_inferred));
    json_object_set_new(o, "waiting_for",
                        value_string(waiting ? rdpath_end_by_name(a->waiting_for) : NULL));
    json_object_set_new(o, "ended", end);
}

void tree_add_attempt(json_t *o, const struct rdpath_attempt *a, const struct writer_options *opt)
{
    json_t *connections = json_array();
    for (uint32_t i = 0; i < a->n_connections; i++)
        json_array_append_new(connections, connection(&a->connections[i], opt->joined));
    add_identity(o, a);
    add_course(o, a, opt->joined);
    json_object_set_new(o, "cause", cause(a, opt->joined));
    json_object_set_new(o, "path", path(a));
    json_object_set_new(o, "rdp", tree_of_rdp(&a->rdp));
    json_object_set_new(o, "tls", tree_of_tls(&a->tls, opt->joined));
    json_object_set_new(o, "udp", tree_of_udp(a));
    json_object_set_new(o, "session", tree_of_session(a->session, opt->joined));
    json_object_set_new(o, "connections", connections);
    json_object_set_new(o, "observations",
                        observations(a->observations, a->n_observations, opt->joined));
    add_judgement(o, a, opt->joined);
    if (opt->packets)
        tree_add_packets(o, a, opt->joined);
}

/* ---- the input ------------------------------------------------------------------------------- */

static json_t *interface_value(const struct rdpath_interface *i)
{
    json_t *o = json_object();
    json_object_set_new(o, "name", value_string(i->name));
    json_object_set_new(o, "link_type", value_count(i->link_type));
    json_object_set_new(o, "link_type_name", value_string(i->link_type_name));
    json_object_set_new(o, "received", i->received < 0 ? json_null() : json_integer(i->received));
    json_object_set_new(o, "dropped", i->dropped < 0 ? json_null() : json_integer(i->dropped));
    if (i->filter)
        json_object_set_new(o, "filter", value_string(i->filter));
    return o;
}

void tree_add_input(json_t *o, const struct rdpath_input *in, bool joined)
{
    json_t *interfaces = json_array(), *problems = json_array();
    for (uint32_t i = 0; i < in->n_interfaces; i++)
        json_array_append_new(interfaces, interface_value(&in->interfaces[i]));
    for (uint32_t i = 0; i < in->n_problems; i++)
        json_array_append_new(problems, value_string(in->problems[i]));
    json_object_set_new(o, "path", value_string(in->path));
    json_object_set_new(o, "format", value_string(in->format));
    json_object_set_new(o, "packets", value_count(in->packets));
    json_object_set_new(o, "bytes", value_count(in->bytes));
    json_object_set_new(o, "first", value_time(in->first_ns));
    json_object_set_new(o, "last", value_time(in->last_ns));
    json_object_set_new(o, "vantage", value_string(rdpath_vantage_name(in->vantage)));
    json_object_set_new(o, "interfaces", interfaces);
    json_object_set_new(o, "observations",
                        observations(in->observations, in->n_observations, joined));
    json_object_set_new(o, "problems", problems);
    if (in->sha256)
        json_object_set_new(o, "sha256", value_string(in->sha256));
}
