/* SPDX-License-Identifier: Apache-2.0 */
#include "base/frames.h"

void frames_sort(struct rdpath_frames *f)
{
    for (uint32_t i = 1; i < f->n; i++) {
        rdpath_ref ref = f->ref[i];
        uint32_t k = i;
        for (; k > 0 && f->ref[k - 1] > ref; k--)
            f->ref[k] = f->ref[k - 1];
        f->ref[k] = ref;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->n; i++) {
        if (kept == 0 || f->ref[kept - 1] != f->ref[i])
            f->ref[kept++] = f->ref[i];
    }
    f->total -= f->n - kept;
    f->n = kept;
}
