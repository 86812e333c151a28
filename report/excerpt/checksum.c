/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/checksum.h"

static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len, READER_END);
    while (r.left > 1) {
        sum += reader_be16(&r);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum += r.left ? (uint32_t)reader_u8(&r) << 8 : 0;
    return (sum & 0xffff) + (sum >> 16);
}

static void store(uint8_t *to, uint16_t sum)
{
    to[0] = (uint8_t)(sum >> 8);
    to[1] = (uint8_t)sum;
}

static void header_set(const struct checksum_layer *l)
{
    store(l->ip + 10, 0);
    store(l->ip + 10, (uint16_t)~add(0, l->ip, l->header_len));
}

/* Where the transport's checksum stands; 0 = it has none that is known. */
static uint32_t place_of(uint8_t protocol)
{
    switch (protocol) {
    case IP_TCP:
        return 16;
    case IP_UDP:
        return 6;
    case IP_ICMP:
    case IP_ICMP6:
        return 2;
    default:
        return 0;
    }
}

/* RFC 9293 section 3.1, RFC 8200 section 8.1 */
static uint32_t pseudo_header(const struct checksum_layer *l)
{
    if (l->protocol == IP_ICMP)
        return 0;
    size_t len = l->version == 4 ? 4 : 16;
    uint32_t sum = add(l->protocol, l->ip + (l->version == 4 ? 12 : 8), 2 * len);
    return add(sum + (l->sent & 0xffff) + (l->sent >> 16), NULL, 0);
}

static void transport_set(const struct checksum_layer *l)
{
    uint32_t place = place_of(l->protocol);
    if (place == 0 || l->held < place + 2)
        return;
    uint8_t *at = l->transport + place;
    bool absent = l->protocol == IP_UDP && at[0] == 0 && at[1] == 0;
    store(at, 0);
    if (absent || l->fragment)
        return;
    uint16_t sum = (uint16_t)~add(pseudo_header(l), l->transport, l->held);
    store(at, l->protocol == IP_UDP && sum == 0 ? 0xffff : sum);
}

void checksum_set(const struct checksum_layer *l)
{
    if (!l->quoted)
        transport_set(l);
    if (l->version == 4)
        header_set(l);
}
