/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>

enum { BAR_WIDTH = 24, LINE_WIDTH = 76, MEGABYTE = 1000000 };

void progress_show(uint64_t done, uint64_t total, uint32_t n_attempts)
{
    char bar[BAR_WIDTH + 1] = "";
    uint64_t share = total && done < total ? done * BAR_WIDTH / total : BAR_WIDTH;
    for (unsigned i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < share ? '#' : '.';
    if (total)
        fprintf(stderr, "\rrdpath: [%s] %3u %%, %" PRIu64 " of %" PRIu64 " MB, %u attempts", bar,
                (unsigned)(done < total ? done * 100 / total : 100), done / MEGABYTE,
                total / MEGABYTE, (unsigned)n_attempts);
    else
        fprintf(stderr, "\rrdpath: %" PRIu64 " MB read, %u attempts", done / MEGABYTE,
                (unsigned)n_attempts);
}

void progress_show_probe(const char *host, unsigned seconds, uint32_t n_packets)
{
    fprintf(stderr, "\rrdpath: probing %.30s: %u s, %u packets sent", host, seconds,
            (unsigned)n_packets);
}

void progress_clear(void)
{
    fprintf(stderr, "\r%*s\r", LINE_WIDTH, "");
}
