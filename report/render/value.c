/* SPDX-License-Identifier: Apache-2.0 */
/* The leaves of the JSON result: how a time, a size, a frame and a text are written. */
#include "base/text.h"
#include "report/render/tree.h"

#include <string.h>

static json_t *value_utf8(const void *bytes, size_t len)
{
    struct text clean = {0};
    text_add_utf8(&clean, bytes, len);
    json_t *value = json_stringn(text_string(&clean), clean.len);
    text_free(&clean);
    return value;
}

json_t *value_string(const char *string)
{
    return string ? value_utf8(string, strlen(string)) : json_null();
}

static json_t *value_hex(const struct rdpath_text *t)
{
    struct text hex = {0};
    for (struct reader r = reader_of(t->bytes, t->len, READER_END); r.left;)
        text_addf(&hex, "%02x", (unsigned)reader_u8(&r));
    json_t *value = json_string(text_string(&hex));
    text_free(&hex);
    return value;
}

void value_add_text(json_t *object, const char *name, const struct rdpath_text *t)
{
    json_object_set_new(object, name, t->bytes ? value_utf8(t->bytes, t->len) : json_null());
    if (!t->bytes || text_is_utf8(t->bytes, t->len))
        return;
    struct text beside = {0};
    text_addf(&beside, "%s_hex", name);
    json_object_set_new(object, text_string(&beside), value_hex(t));
    text_free(&beside);
}

json_t *value_count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

json_t *value_size(uint64_t n)
{
    return n ? value_count(n) : json_null();
}

json_t *value_seconds(int64_t ns)
{
    return ns < 0 ? json_null() : json_real((double)ns / 1e9);
}

json_t *value_time(int64_t ns)
{
    char time[TEXT_TIME_SIZE];
    if (ns == RDPATH_UNKNOWN)
        return json_null();
    text_time(time, ns);
    return json_string(time);
}

json_t *value_frame(rdpath_ref ref, bool joined)
{
    if (ref == 0)
        return json_null();
    json_t *frame = value_count(RDPATH_REF_FRAME(ref));
    if (!joined)
        return frame;
    return json_pack("{s:i, s:o}", "input", (int)RDPATH_REF_INPUT(ref), "frame", frame);
}

void value_add_frames(json_t *object, const struct rdpath_frames *frames, bool joined)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < frames->n; i++)
        json_array_append_new(list, value_frame(frames->ref[i], joined));
    json_object_set_new(object, "frames", list);
    if (frames->total > frames->n)
        json_object_set_new(object, "frames_total", value_count(frames->total));
}
