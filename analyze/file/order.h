/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in the byte order of the machine that wrote the file. */
#ifndef ANALYZE_FILE_ORDER_H
#define ANALYZE_FILE_ORDER_H

#include "base/reader.h"

static inline uint16_t order_u16(struct reader *r, bool big)
{
    return big ? reader_be16(r) : reader_le16(r);
}

static inline uint32_t order_u32(struct reader *r, bool big)
{
    return big ? reader_be32(r) : reader_le32(r);
}

/* Two 32-bit halves, each in byte order, the upper one first (pcapng timestamps). */
static inline uint64_t order_halves(struct reader *r, bool big)
{
    uint64_t high = order_u32(r, big);
    return high << 32 | order_u32(r, big);
}

static inline uint64_t order_u64(struct reader *r, bool big)
{
    uint64_t first = order_u32(r, big), second = order_u32(r, big);
    return big ? first << 32 | second : second << 32 | first;
}

#endif
