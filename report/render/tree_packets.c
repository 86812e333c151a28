/* SPDX-License-Identifier: Apache-2.0 */
/* The deciding packets as a JSON list, for those who draw. */
#include "report/render/tree.h"

/* The TCP flags by bit, RFC 9293 section 3.1. */
static json_t *flag_list(const struct rdpath_packet *p)
{
    static const char *const names[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};
    if (p->kind != RDPATH_PACKET_TCP)
        return json_null();
    json_t *list = json_array();
    for (unsigned bit = 0; bit < sizeof names / sizeof names[0]; bit++)
        if (p->tcp_flags >> bit & 1)
            json_array_append_new(list, json_string(names[bit]));
    return list;
}

static json_t *packet(const struct rdpath_packet *p, bool joined)
{
    static const char *const kinds[] = {
        [RDPATH_PACKET_TCP] = "tcp", [RDPATH_PACKET_UDP] = "udp", [RDPATH_PACKET_ICMP] = "icmp"};
    const char *way = rdpath_direction_name((enum rdpath_direction)p->direction);
    const char *kind = p->kind < sizeof kinds / sizeof kinds[0] ? kinds[p->kind] : NULL;
    json_t *o = json_object();
    json_object_set_new(o, "time", value_time(p->ts_ns));
    json_object_set_new(o, "protocol", value_string(kind));
    json_object_set_new(o, "direction", value_string(way));
    json_object_set_new(o, "length", value_count(p->ip_len));
    json_object_set_new(o, "payload", value_count(p->payload_len));
    json_object_set_new(o, "flags", flag_list(p));
    json_object_set_new(o, "again", value_count(p->again));
    json_object_set_new(o, "merged", json_boolean(p->merged));
    json_object_set_new(o, "fate", value_string(rdpath_fate_name((enum rdpath_fate)p->fate)));
    json_object_set_new(o, "frame", value_frame(p->frame, joined));
    json_object_set_new(o, "note",
                        value_string(rdpath_note_name((enum rdpath_packet_note)p->note)));
    if (p->kind == RDPATH_PACKET_ICMP) {
        json_object_set_new(o, "from", value_string(p->from));
        json_object_set_new(o, "mtu", value_size(p->mtu));
        json_object_set_new(o, "count", value_count(p->n));
    } else {
        json_object_set_new(o, "ttl", value_count(p->ttl));
        json_object_set_new(o, "ip_id", p->has_ip_id ? value_count(p->ip_id) : json_null());
        json_object_set_new(o, "client_port", value_count(p->client_port));
    }
    return o;
}

void tree_add_packets(json_t *o, const struct rdpath_attempt *a, bool joined)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < a->n_packets; i++)
        json_array_append_new(list, packet(&a->packets[i], joined));
    json_object_set_new(o, "packets", list);
    if (a->n_packets_seen > a->n_packets)
        json_object_set_new(o, "packets_total", value_count(a->n_packets_seen));
}
