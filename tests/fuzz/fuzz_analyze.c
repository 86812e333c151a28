/* SPDX-License-Identifier: Apache-2.0 */
/* The whole analysis, from the file to the answer. Input: a file. */
#include "tests/fuzz/fuzz.h"

#include "analyze/file/file.h"

static void ignore_attempt(void *ctx, const struct rdpath_attempt *attempt)
{
    (void)ctx;
    (void)attempt;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rdpath_options options = {.keep_packets = true};
    const struct rdpath_events events = {.attempt = ignore_attempt};
    struct rdpath_error error;
    struct rdpath_frame frame;

    struct capture_file *file = file_open_memory(data, size, false, &error);
    if (!file)
        return 0;
    struct rdpath *analysis = rdpath_new(&options, &events);
    while (file_next(file, &frame))
        rdpath_feed(analysis, &frame);
    rdpath_end(analysis);
    rdpath_free(analysis);
    file_close(file);
    return 0;
}
