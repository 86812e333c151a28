/* SPDX-License-Identifier: Apache-2.0 */
/* The decoders from the link header to TCP, UDP and ICMP. Input: link type (2 bytes), frame. */
#include "tests/fuzz/fuzz.h"

#include "analyze/net/packet.h"
#include "base/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(data, size, READER_END);
    struct rdpath_frame frame = {.number = 1, .link_type = reader_be16(&r)};
    struct packet packet;
    struct tcp_segment segment;
    struct udp_datagram datagram;
    struct icmp_error error;

    frame.captured_len = (uint32_t)r.left;
    frame.wire_len = (uint32_t)r.left;
    frame.bytes = r.at;
    if (!packet_decode(&frame, &packet))
        return 0;
    (void)tcp_decode(&packet, &segment);
    (void)udp_decode(&packet, &datagram);
    (void)icmp_decode(&packet, &error);
    return 0;
}
