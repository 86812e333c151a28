/* SPDX-License-Identifier: Apache-2.0 */
#include "report/excerpt/file_writer.h"

#include "base/arena.h"
#include "base/pcapng_writer.h"

#include <stdlib.h>

static void flush(struct file_writer *w, const struct pcapng_room *r)
{
    w->failed |= r->failed || fwrite(r->bytes, 1, r->len, w->to) != r->len;
}

static struct pcapng_room room_of(const struct file_writer *w)
{
    return (struct pcapng_room){w->room, WRITER_ROOM, 0, false};
}

void file_writer_begin(struct file_writer *w, FILE *to, const char *comment)
{
    w->to = to;
    w->failed = false;
    w->room = memory_zeroed(WRITER_ROOM);
    w->interfaces = memory_zeroed(WRITER_INTERFACES_MAX * sizeof *w->interfaces);
    w->n_interfaces = 0;
    struct pcapng_room r = room_of(w);
    pcapng_put_section(&r, &(struct pcapng_section){.program = "rdpath " RDPATH_VERSION,
                                                    .comment = comment});
    flush(w, &r);
}

static uint32_t interface_find(const struct file_writer *w, const struct writer_interface *i)
{
    uint32_t n = 0;
    while (n < w->n_interfaces &&
           (w->interfaces[n].input != i->input || w->interfaces[n].interface != i->interface ||
            w->interfaces[n].link_type != i->link_type))
        n++;
    return n;
}

static uint32_t interface_tell(struct file_writer *w, const struct writer_interface *i,
                               const struct file_interface *from)
{
    uint32_t n = interface_find(w, i);
    if (n < w->n_interfaces)
        return n;
    if (n == WRITER_INTERFACES_MAX) {
        w->failed = true;
        return 0;
    }
    struct pcapng_interface block = {.link_type = i->link_type};
    if (!w->nameless) {
        block.snaplen = from->snaplen;
        block.name = from->name;
        block.description = from->description;
        block.filter = from->filter && *from->filter ? from->filter : NULL;
    }
    struct pcapng_room r = room_of(w);
    pcapng_put_interface(&r, &block);
    flush(w, &r);
    w->interfaces[w->n_interfaces] = *i;
    return w->n_interfaces++;
}

void file_writer_frame(struct file_writer *w, const struct writer_frame *f)
{
    const struct rdpath_frame *frame = f->frame;
    struct writer_interface i = {f->input, frame->interface, frame->link_type};
    uint8_t head[PCAPNG_HEAD_LEN];
    struct pcapng_packet packet = {
        .interface = interface_tell(w, &i, &f->info->interfaces[frame->interface]),
        .captured_len = frame->captured_len,
        .wire_len = frame->wire_len,
        .ts_ns = frame->ts_ns,
        .way = frame->way,
        .comments = f->comments.text,
        .n_comments = f->comments.n,
    };
    struct pcapng_room tail = room_of(w);
    pcapng_put_packet(&tail, &packet, head);
    w->failed |= fwrite(head, 1, sizeof head, w->to) != sizeof head ||
                 fwrite(frame->bytes, 1, frame->captured_len, w->to) != frame->captured_len;
    flush(w, &tail);
}

void file_writer_counts(struct file_writer *w, uint32_t input, const struct file_info *info,
                        int64_t end_ns)
{
    for (uint32_t n = 0; n < w->n_interfaces; n++) {
        if (w->interfaces[n].input != input)
            continue;
        const struct file_interface *from = &info->interfaces[w->interfaces[n].interface];
        struct pcapng_statistics counts = {.interface = n,
                                           .ts_ns = end_ns,
                                           .start_ns = RDPATH_UNKNOWN,
                                           .end_ns = end_ns,
                                           .received = from->received,
                                           .if_dropped = from->dropped,
                                           .os_dropped = -1};
        struct pcapng_room r = room_of(w);
        pcapng_put_statistics(&r, &counts);
        flush(w, &r);
    }
}

bool file_writer_end(struct file_writer *w)
{
    free(w->room);
    free(w->interfaces);
    return !w->failed && fflush(w->to) == 0 && !ferror(w->to);
}
