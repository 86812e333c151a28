/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composes pcapng blocks in the caller's memory, little-endian, with times in nanoseconds. It opens
 * no file and copies no packet: a packet's block is a head and a tail around bytes that stay where
 * they are. Sections cited are those of draft-ietf-opsawg-pcapng.
 *
 * What does not fit, the memory or the 16 bits of an option's length, leaves the block out and
 * marks the room as failed: a column of calls is checked once at its end.
 */
#ifndef BASE_PCAPNG_WRITER_H
#define BASE_PCAPNG_WRITER_H

#include "base/addr.h"
#include "rdpath_words.h"

/* Memory to compose in: blocks follow each other from its beginning. */
struct pcapng_room {
    uint8_t *bytes;
    size_t size, len;
    bool failed;
};

/* Texts are UTF-8; NULL = not told. */
struct pcapng_section {
    const char *hardware, *os, *program, *comment;
};

struct pcapng_interface {
    uint16_t link_type;
    uint32_t snaplen; /* 0 = no limit */
    const char *name, *description, *filter, *comment;
    const struct addr *addresses; /* IPv4 and IPv6 */
    const uint8_t *prefix_lens;   /* one for each address */
    uint32_t n_addresses;
    const uint8_t *mac; /* 6 bytes; NULL = none */
};

struct pcapng_names {
    const char *name;
    const struct addr *addresses; /* all of them have that name */
    uint32_t n_addresses;
};

struct pcapng_packet {
    uint32_t interface; /* in the order of the section's interfaces, from 0 */
    uint32_t captured_len, wire_len;
    int64_t ts_ns;
    uint8_t way;      /* enum rdpath_way */
    uint64_t dropped; /* since the packet before it; 0 = nothing is said */
    const char *const *comments;
    uint32_t n_comments;
};

/* RDPATH_UNKNOWN for a time, -1 for a count: not told. */
struct pcapng_statistics {
    uint32_t interface;
    int64_t ts_ns; /* when these were taken */
    int64_t start_ns, end_ns;
    int64_t received, if_dropped, os_dropped;
    const char *comment;
};

void pcapng_put_section(struct pcapng_room *, const struct pcapng_section *);
void pcapng_put_interface(struct pcapng_room *, const struct pcapng_interface *);
void pcapng_put_names(struct pcapng_room *, const struct pcapng_names *);
void pcapng_put_statistics(struct pcapng_room *, const struct pcapng_statistics *);

enum { PCAPNG_HEAD_LEN = 28, PCAPNG_TAIL_MIN = 32 };

/*
 * What stands before and behind a packet's captured_len bytes. PCAPNG_TAIL_MIN bytes of room are
 * enough for the tail of a packet without comments.
 */
void pcapng_put_packet(struct pcapng_room *tail, const struct pcapng_packet *,
                       uint8_t head[PCAPNG_HEAD_LEN]);

#endif
