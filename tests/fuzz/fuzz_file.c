/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a capture file: everything is read, every byte of every frame is looked at. */
#include "analyze/file/file.h"

#include <stdlib.h>
#include <string.h>

static size_t text_touch(const char *text)
{
    return text ? strlen(text) : 0;
}

static size_t info_touch(const struct file_info *info)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < info->n_interfaces; i++)
        sum += text_touch(info->interfaces[i].name) + text_touch(info->interfaces[i].description) +
               text_touch(info->interfaces[i].filter);
    for (uint32_t i = 0; i < info->n_names; i++)
        sum += text_touch(info->names[i].name);
    for (uint32_t i = 0; i < info->n_comments; i++)
        sum += text_touch(info->comments[i]);
    for (uint32_t i = 0; i < info->n_problems; i++)
        sum += text_touch(info->problems[i]);
    return sum;
}

/* What every reader of frames may rely on. */
static void frame_check(const struct file_info *info, const struct rdpath_frame *frame)
{
    if (frame->captured_len > frame->wire_len || frame->captured_len > FILE_FRAME_MAX ||
        frame->interface >= info->n_interfaces || frame->number < info->packets)
        abort();
}

static volatile size_t touched; /* so that no look is optimized away */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rdpath_error error;
    struct capture_file *file = file_open_memory(bytes, len, false, &error);
    if (!file)
        return error.text[0] && !strchr(error.text, '\n') ? 0 : (abort(), 0);
    size_t sum = 0;
    struct rdpath_frame frame;
    while (file_next(file, &frame)) {
        frame_check(file_info(file), &frame);
        for (uint32_t i = 0; i < frame.captured_len; i++)
            sum += frame.bytes[i];
    }
    touched = sum + info_touch(file_info(file));
    file_close(file);
    return 0;
}
