/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/redo.h"

#include "analyze/proto/der.h"

struct redo redo_element(struct redo *r, uint8_t *tag)
{
    struct reader peek = r->in;
    *tag = reader_u8(&peek);
    uint32_t len = der_len(&peek);
    if (!reader_ok(&peek)) {
        r->in.left = 0;
        return *r;
    }
    redo_keep(r, r->in.left - peek.left);
    return redo_sub(r, len);
}
