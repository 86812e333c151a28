/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/filter.h"

/* A later fragment has no ports, and "port" looks for them right behind the IPv6 header: where one
   of these stands there (options for each hop, as in large offloads of Linux; a route; a fragment;
   AH; options for the destination) what follows is not known. */
#define PORTLESS                                                                                   \
    "(ip[6:2] & 0x1fff != 0)"                                                                      \
    " or ip6 proto 0 or ip6 proto 43 or ip6 proto 44 or ip6 proto 51 or ip6 proto 60"

/* DNS and Kerberos say why a client came so far and no farther. */
#define BESIDE "icmp or icmp6 or " PORTLESS " or udp port 53 or port 88"

/* IPsec, GRE, IP in IP; WireGuard, OpenVPN, L2TP, VXLAN, Geneve, IKE by their usual ports. */
#define OUTER                                                                                      \
    " or ip proto 4 or ip proto 41 or ip proto 47 or ip proto 50 or ip proto 51"                   \
    " or ip6 proto 4 or ip6 proto 41 or ip6 proto 47 or ip6 proto 50 or ip6 proto 51"              \
    " or udp port 51820 or port 1194 or udp port 1701 or udp port 4789 or udp port 6081"           \
    " or udp port 500 or udp port 4500"

static void kept_write(struct text *t, const struct filter_wish *w)
{
    text_add(t, "port 3389 or udp port 3391");
    for (uint32_t i = 0; i < w->n_ports; i++)
        text_addf(t, " or port %u", w->ports[i]);
    text_add(t, " or " BESIDE);
    if (!w->outer)
        return;
    text_add(t, OUTER);
    if (w->outer_tls)
        text_add(t, " or port 443");
    for (uint32_t i = 0; i < w->n_peers; i++) {
        char address[ADDR_TEXT_SIZE];
        addr_format(&w->peers[i], address);
        text_addf(t, " or host %s", address);
    }
}

static void ports_write(struct text *t, const struct filter_wish *w, unsigned at)
{
    static const uint16_t known[] = {3389, 3391, 53, 88};
    enum { N_KNOWN = sizeof known / sizeof *known };
    for (uint32_t i = 0; i < N_KNOWN + w->n_ports; i++) {
        unsigned port = i < N_KNOWN ? known[i] : w->ports[i - N_KNOWN];
        text_addf(t, " or ether[%u:2] = %u or ether[%u:2] = %u", at, port, at + 2, port);
    }
}

/* What counts of IP (IPv4 without options) that begins so many bytes behind the frame's start. */
static void kept_write_at(struct text *t, const struct filter_wish *w, unsigned at)
{
    text_addf(t, "(ether[%u] = 0x45 and (ether[%u] = 1 or ether[%u:2] & 0x1fff != 0", at, at + 9,
              at + 6);
    ports_write(t, w, at + 20);
    text_addf(t, ")) or (ether[%u] & 0xf0 = 0x60 and (ether[%u] = 58 or ether[%u] = 44", at, at + 6,
              at + 6);
    ports_write(t, w, at + 40);
    text_add(t, "))");
}

/* Numbers instead of "pppoes" and "mpls": these move the offsets of all that follows, as "vlan"
   does, which may not follow them. */
static void carried_write(struct text *t, const struct filter_wish *w)
{
    text_add(t, " or (ether proto 0x8864 and (");
    kept_write_at(t, w, 22);
    text_add(t, ")) or (ether proto 0x8847 and (");
    kept_write_at(t, w, 18);
    text_add(t, " or ");
    kept_write_at(t, w, 22);
    text_add(t, "))");
}

/* "vlan" moves the offsets of all that follows it in the expression: the second one finds frames
   with two tags, and nothing without a tag may stand behind. */
void filter_write(struct text *t, const struct filter_wish *w)
{
    enum { TAGS = 2 };
    text_add(t, "(");
    kept_write(t, w);
    text_add(t, ")");
    if (w->ethernet)
        carried_write(t, w);
    for (int i = 0; w->ethernet && i < TAGS; i++) {
        text_add(t, " or (vlan and (");
        kept_write(t, w);
        text_add(t, "))");
    }
}
