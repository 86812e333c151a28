/* SPDX-License-Identifier: Apache-2.0 */
/* One datagram of RDP over UDP, read as every version of it, with all of its acknowledgements. */
#include "tests/fuzz/fuzz.h"

#include "analyze/proto/rdpeudp.h"
#include "analyze/proto/rdpeudp2.h"

#include <assert.h>

static void unroll(const struct rdpeudp *u)
{
    struct rdpeudp_runs runs = rdpeudp_runs_of(u);
    struct rdpeudp_run run;
    size_t n = 0;
    while (rdpeudp_run_next(&runs, &run))
        n++;
    assert(n == u->vector.left);
}

static void unroll2(const struct rdpeudp2 *u)
{
    struct reader vector = u->vector;
    uint16_t next = u->vector_base;
    struct rdpeudp2_run run;
    while (rdpeudp2_run_next(&vector, &next, &run))
        assert(run.len < 64 && run.received >> run.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rdpeudp u;
    struct rdpeudp2 u2;
    bool answer;
    for (uint32_t cut = 0; cut < 3; cut += 2) {
        struct reader r = reader_of(data, size, cut ? READER_CUT : READER_END);
        if (rdpeudp_read(r, &u)) {
            unroll(&u);
            assert(u.payload.left <= size);
        }
        (void)rdpeudp_is_hello(r, &answer);
        if (rdpeudp2_read(r, cut, &u2)) {
            unroll2(&u2);
            assert(u2.payload.left < size);
        }
    }
    return 0;
}
