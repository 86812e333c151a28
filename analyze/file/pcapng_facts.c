/* SPDX-License-Identifier: Apache-2.0 */
/* The pcapng blocks that tell of interfaces, names and losses. */
#include "analyze/file/pcapng.h"

#include <inttypes.h>
#include <string.h>

enum { IF_NAME = 2, IF_DESCRIPTION = 3, IF_TSRESOL = 9, IF_FILTER = 11, IF_TSOFFSET = 14 };
enum { NAMES_END = 0, NAMES_IPV4 = 1, NAMES_IPV6 = 2 };
enum { ISB_ENDTIME = 3, ISB_IFRECV = 4, ISB_IFDROP = 5, ISB_OSDROP = 7 };

static int64_t clamped(uint64_t n)
{
    return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

uint32_t interface_index(struct capture_file *f, const struct block *b, uint32_t number)
{
    uint64_t index = (uint64_t)f->pcapng.first + number;
    if (number < f->pcapng.n_declared && index < f->info.n_interfaces)
        return (uint32_t)index;
    /* beyond the limit the interface is known and was told not to be kept */
    if (number >= f->pcapng.n_declared)
        notes_problem(f,
                      "Expected one of the section's %" PRIu32 " interfaces in the block at byte "
                      "%" PRIu64 ", found number %" PRIu32 ": the block is left out.",
                      f->pcapng.n_declared, b->offset, number);
    return UINT32_MAX;
}

int64_t interface_time(struct capture_file *f, const struct block *b, uint32_t index,
                       uint64_t ticks)
{
    int64_t ns;
    if (!clock_read(&f->states[index].clock, ticks, &ns))
        notes_problem(f,
                      "Expected a time between 1677 and 2262 in the block at byte %" PRIu64
                      ", found %" PRIu64 " ticks: the nearest is taken.",
                      b->offset, ticks);
    return ns;
}

void interface_add_drops(struct capture_file *f, uint32_t index, uint64_t n)
{
    struct interface_state *state = &f->states[index];
    if (__builtin_add_overflow(state->dropped_by_frames, n, &state->dropped_by_frames))
        state->dropped_by_frames = UINT64_MAX;
    struct file_interface *interface = &f->interfaces[index];
    interface->dropped = larger(interface->dropped, clamped(state->dropped_by_frames));
}

/* The first byte says what the filter is: 0 for libpcap's language (4.2). */
static char *filter_read(struct capture_file *f, struct reader value)
{
    uint8_t kind = reader_u8(&value);
    return notes_text(f, kind == 0 ? value : reader_of(NULL, 0, READER_END));
}

static void interface_option(struct capture_file *f, struct file_interface *interface,
                             struct option *o)
{
    struct clock *clock = &f->states[f->info.n_interfaces - 1].clock;
    switch (o->code) {
    case IF_NAME:
        interface->name = notes_text(f, o->value);
        break;
    case IF_DESCRIPTION:
        interface->description = notes_text(f, o->value);
        break;
    case IF_FILTER:
        interface->filter = filter_read(f, o->value);
        break;
    case IF_TSRESOL:
        if (o->value.left == 1)
            clock_set_resolution(clock, reader_u8(&o->value));
        break;
    case IF_TSOFFSET:
        if (o->value.left == 8)
            clock->offset_s = (int64_t)order_u64(&o->value, f->pcapng.big);
        break;
    case OPTION_COMMENT:
        notes_comment(f, o->value);
        break;
    }
}

/* 4.2 */
bool block_interface(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    (void)frame;
    uint16_t link_type = order_u16(&b->body, f->pcapng.big);
    reader_skip(&b->body, 2);
    uint32_t snaplen = order_u32(&b->body, f->pcapng.big);
    if (!reader_ok(&b->body))
        return false;
    f->pcapng.n_declared++;
    struct file_interface *interface = notes_interface(f, link_type);
    if (!interface)
        return false;
    interface->snaplen = snaplen;
    for (struct option o; option_next(&b->body, f->pcapng.big, &o);)
        interface_option(f, interface, &o);
    return false;
}

/* One record: an address, then its names, each closed by a zero byte. */
static void names_read(struct capture_file *f, struct reader record, uint8_t version)
{
    struct file_name name = {.version = version};
    size_t len = version == 4 ? 4 : 16;
    const uint8_t *address = reader_take(&record, len);
    if (!address)
        return;
    memcpy(name.address, address, len);
    while (record.left) {
        const uint8_t *end = memchr(record.at, 0, record.left);
        struct reader text = reader_sub(&record, end ? (size_t)(end - record.at) : record.left);
        reader_skip(&record, end ? 1 : 0);
        name.name = text.left ? notes_text(f, text) : NULL;
        if (name.name)
            notes_name(f, &name);
    }
}

/* 4.5: records until the one of type 0, then options. Their framing is that of options. */
bool block_names(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    (void)frame;
    for (struct option record; option_next(&b->body, f->pcapng.big, &record);)
        if (record.code == NAMES_IPV4 || record.code == NAMES_IPV6)
            names_read(f, record.value, record.code == NAMES_IPV4 ? 4 : 6);
    return false;
}

struct statistics {
    int64_t received, if_dropped, os_dropped; /* -1 = not told */
};

static void statistics_option(struct capture_file *f, struct option *o, struct statistics *s)
{
    uint64_t n = order_u64(&o->value, f->pcapng.big);
    if (o->code == ISB_IFRECV)
        s->received = clamped(n);
    else if (o->code == ISB_IFDROP)
        s->if_dropped = clamped(n);
    else if (o->code == ISB_OSDROP)
        s->os_dropped = clamped(n);
}

/* What neither counter tells stays unknown. */
static int64_t dropped_sum(const struct statistics *s)
{
    if (s->if_dropped < 0 || s->os_dropped < 0)
        return larger(s->if_dropped, s->os_dropped);
    return clamped((uint64_t)s->if_dropped + (uint64_t)s->os_dropped);
}

/* 4.6: counters since the start of the capture, so that the largest is the last. */
bool block_statistics(struct capture_file *f, struct block *b, struct rdpath_frame *frame)
{
    (void)frame;
    bool big = f->pcapng.big;
    uint32_t number = order_u32(&b->body, big);
    reader_skip(&b->body, 8); /* when these numbers were taken */
    if (!reader_ok(&b->body))
        return false;
    uint32_t index = interface_index(f, b, number);
    if (index == UINT32_MAX)
        return false;
    struct statistics s = {.received = -1, .if_dropped = -1, .os_dropped = -1};
    for (struct option o; option_next(&b->body, big, &o);) {
        if (o.code == OPTION_COMMENT)
            notes_comment(f, o.value);
        else if (o.code == ISB_ENDTIME && o.value.left == 8)
            f->info.end_ns =
                larger(f->info.end_ns, interface_time(f, b, index, order_halves(&o.value, big)));
        else if (o.value.left == 8)
            statistics_option(f, &o, &s);
    }
    struct file_interface *interface = &f->interfaces[index];
    interface->received = larger(interface->received, s.received);
    interface->dropped = larger(interface->dropped, dropped_sum(&s));
    return false;
}
