/* SPDX-License-Identifier: Apache-2.0 */
/* A capture with everything that base/pcapng_writer.h can say, for its tests. */
#ifndef TESTS_UNIT_PCAPNG_WRITTEN_H
#define TESTS_UNIT_PCAPNG_WRITTEN_H

#include "base/pcapng_writer.h"

#include <string.h>

/* An empty Ethernet frame of 15 bytes, so that there is padding. */
static const uint8_t written_frame[15] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5, 7};

enum { WRITTEN_TIME = 1767604443 }; /* 2026-01-05T09:14:03Z */

static inline void written_packet(struct pcapng_room *r, const struct pcapng_packet *p)
{
    uint8_t tail[512];
    struct pcapng_room behind = {tail, sizeof tail, 0, false};
    pcapng_put_packet(&behind, p, r->bytes + r->len);
    memcpy(r->bytes + r->len + PCAPNG_HEAD_LEN, written_frame, p->captured_len);
    r->len += PCAPNG_HEAD_LEN + p->captured_len;
    memcpy(r->bytes + r->len, tail, behind.len);
    r->len += behind.len;
    r->failed |= behind.failed;
}

static inline void written_capture(struct pcapng_room *r)
{
    static const struct addr addresses[] = {
        {{10, 0, 1, 2}, 4}, {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 6}};
    static const char *const comments[] = {"first of two", "second"};
    pcapng_put_section(r, &(struct pcapng_section){"box", "Linux", "rdpath", "the answer"});
    pcapng_put_interface(r, &(struct pcapng_interface){.link_type = 1,
                                                       .snaplen = 262144,
                                                       .name = "eth0",
                                                       .description = "the wire",
                                                       .filter = "tcp port 3389",
                                                       .comment = "of an interface",
                                                       .addresses = addresses,
                                                       .prefix_lens = (const uint8_t[]){20, 64},
                                                       .n_addresses = 2,
                                                       .mac = (const uint8_t[]){2, 0, 0, 0, 0, 1}});
    written_packet(r, &(struct pcapng_packet){.captured_len = 15,
                                              .wire_len = 1500,
                                              .ts_ns = WRITTEN_TIME * 1000000000LL + 123456789,
                                              .way = RDPATH_WAY_OUTBOUND,
                                              .dropped = 3,
                                              .comments = comments,
                                              .n_comments = 2});
    written_packet(r, &(struct pcapng_packet){.captured_len = 15,
                                              .wire_len = 15,
                                              .ts_ns = WRITTEN_TIME * 1000000000LL + 200000000});
    pcapng_put_statistics(r,
                          &(struct pcapng_statistics){.ts_ns = WRITTEN_TIME * 1000000000LL,
                                                      .start_ns = (WRITTEN_TIME - 1) * 1000000000LL,
                                                      .end_ns = (WRITTEN_TIME + 9) * 1000000000LL,
                                                      .received = 91,
                                                      .if_dropped = 2,
                                                      .os_dropped = 5,
                                                      .comment = "counted"});
}

#endif
