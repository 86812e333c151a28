/* SPDX-License-Identifier: Apache-2.0 */
/* Names of link types (tcpdump.org/linktypes.html), without the prefix LINKTYPE_ or DLT_. */
#include "analyze/file/file.h"

struct link_type {
    uint16_t number;
    const char *name;
};

static const struct link_type link_types[] = {
    {0, "NULL"},
    {1, "EN10MB"},
    {6, "IEEE802_5"},
    {8, "SLIP"},
    {9, "PPP"},
    {10, "FDDI"},
    {12, "RAW"}, /* DLT_RAW, written by programs that did not map it ... */
    {14, "RAW"}, /* ... as OpenBSD numbers it */
    {50, "PPP_SERIAL"},
    {51, "PPP_ETHER"},
    {100, "ATM_RFC1483"},
    {101, "RAW"},
    {104, "C_HDLC"},
    {105, "IEEE802_11"},
    {107, "FRELAY"},
    {108, "LOOP"},
    {109, "ENC"},
    {113, "LINUX_SLL"},
    {117, "PFLOG"},
    {119, "PRISM_HEADER"},
    {122, "IP_OVER_FC"},
    {127, "IEEE802_11_RADIO"},
    {138, "APPLE_IP_OVER_IEEE1394"},
    {163, "IEEE802_11_RADIO_AVS"},
    {166, "PPP_PPPD"},
    {187, "BLUETOOTH_HCI_H4"},
    {189, "USB_LINUX"},
    {192, "PPI"},
    {195, "IEEE802_15_4"},
    {201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
    {204, "PPP_WITH_DIR"},
    {205, "C_HDLC_WITH_DIR"},
    {206, "FRELAY_WITH_DIR"},
    {220, "USB_LINUX_MMAPPED"},
    {226, "IPNET"},
    {227, "CAN_SOCKETCAN"},
    {228, "IPV4"},
    {229, "IPV6"},
    {239, "NFLOG"},
    {240, "NETANALYZER"},
    {249, "USBPCAP"},
    {252, "WIRESHARK_UPPER_PDU"},
    {253, "NETLINK"},
    {254, "BLUETOOTH_LINUX_MONITOR"},
    {258, "PKTAP"},
    {271, "VSOCK"},
    {276, "LINUX_SLL2"},
};

const char *file_link_type_name(uint16_t link_type)
{
    for (size_t i = 0; i < sizeof link_types / sizeof *link_types; i++)
        if (link_types[i].number == link_type)
            return link_types[i].name;
    return NULL;
}
