/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/pktmon.h"

/* What a client speaks that comes to RDP; DNS and Kerberos say why it came so far and no farther.
   A filter for a port leaves ICMP out. Later fragments have no port: only --all keeps them. */
static void filters_add(struct text *t, const struct pktmon_wish *w)
{
    text_add(t, "pktmon filter add rdp -p 3389\n"
                "pktmon filter add gateway -t UDP -p 3391\n");
    for (uint32_t i = 0; i < w->n_ports; i++)
        text_addf(t, "pktmon filter add rdp%u -p %u\n", w->ports[i], w->ports[i]);
    text_add(t, "pktmon filter add icmp -t ICMP\n"
                "pktmon filter add icmp6 -t ICMPv6\n"
                "pktmon filter add dns -p 53\n"
                "pktmon filter add kerberos -p 88\n");
}

void pktmon_before(struct text *t, const struct pktmon_wish *w)
{
    if (w->netsh) {
        text_addf(t, "netsh trace start capture=yes report=disabled maxsize=512 tracefile=\"%s\"\n",
                  w->etl);
        return;
    }
    text_add(t, "pktmon filter remove\n");
    if (!w->all)
        filters_add(t, w);
    text_addf(t, "pktmon start --capture --pkt-size 0 --file-name \"%s\"\n", w->etl);
}

void pktmon_after(struct text *t, const struct pktmon_wish *w)
{
    if (w->netsh) {
        text_addf(t, "netsh trace stop\netl2pcapng \"%s\" \"%s\"\n", w->etl, w->file);
        return;
    }
    text_add(t, "pktmon stop\n"
                "pktmon filter remove\n");
    text_addf(t, "pktmon etl2pcap \"%s\" --out \"%s\"\n", w->etl, w->file);
}

void pktmon_undo(struct text *t, const struct pktmon_wish *w)
{
    (void)w;
    text_add(t, "pktmon filter remove\n");
}
