/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a frame that a probe hears, counted into a connection, and as a server's confirm. */
#include "tests/fuzz/fuzz.h"

#include "capture/probe_bytes.h"
#include "capture/probe_stream.h"
#include "capture/probe_target.h"

#include <assert.h>
#include <string.h>

/* corpus.py counts on this order. */
static const uint16_t link_types[] = {1, 0, 12, 101, 113};

enum { N_LINK_TYPES = sizeof link_types / sizeof link_types[0], TEXT_SIZE = 64 };

static void count(const struct probe_packet *p)
{
    struct probe_stream s = {.has_out = true, .has_in = true, .flight_at = 1};
    for (int i = 0; i < 3; i++) {
        stream_take_out(&s, p);
        stream_take_in(&s, p);
    }
    assert(s.n_pieces <= STREAM_PIECES_MAX && s.n_early <= STREAM_EARLY_MAX);
}

static void parse_target(const uint8_t *data, size_t size)
{
    struct probe_target t;
    char text[TEXT_SIZE] = "";
    memcpy(text, data, size < TEXT_SIZE - 1 ? size : TEXT_SIZE - 1);
    if (target_parse(&t, text))
        assert(t.port != 0 && t.host[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t selected, failure;
    struct probe_packet p;
    if (size == 0)
        return 0;
    struct rdpath_frame frame = {
        .bytes = data + 1,
        .captured_len = (uint32_t)(size - 1),
        .wire_len = (uint32_t)(size - 1),
        .link_type = link_types[data[0] % N_LINK_TYPES],
    };
    if (probe_packet_read(&p, &frame)) {
        assert(p.n_captured <= size && p.n_sacks <= PROBE_SACKS_MAX);
        count(&p);
    }
    (void)bytes_read_confirm(data + 1, size - 1, &selected, &failure);
    parse_target(data + 1, size - 1);
    return 0;
}
