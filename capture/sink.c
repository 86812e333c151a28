/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/sink.h"

#include "base/arena.h"
#include "base/reader.h"
#include "capture/sink_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room that a full disk has to leave for the counts of each interface at the end. */
enum { STATISTICS_LEN_MAX = 128 };

void sink_path(const struct sink_options *o, uint32_t file, char path[SINK_PATH_SIZE])
{
    const char *dot = strrchr(o->path, '.');
    size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - o->path) : strlen(o->path);
    if (o->n_files > 1)
        snprintf(path, SINK_PATH_SIZE, "%.*s-%u%s", (int)stem, o->path, file + 1, o->path + stem);
    else
        snprintf(path, SINK_PATH_SIZE, "%s", o->path);
}

static uint32_t n_files_of(const struct sink_options *o)
{
    return o->n_files > 1 ? o->n_files : 1;
}

static void remove_those(const struct sink_options *o, const bool *wanted, uint32_t n)
{
    char path[SINK_PATH_SIZE];
    for (uint32_t i = 0; i < n; i++) {
        sink_path(o, i, path);
        if (wanted[i])
            sink_file_remove(path);
    }
}

bool sink_reserve(const struct sink_options *o)
{
    char path[SINK_PATH_SIZE];
    bool created[SINK_FILES_MAX];
    struct rdpath_error error;
    for (uint32_t i = 0; i < n_files_of(o); i++) {
        sink_path(o, i, path);
        int fd = sink_file_open(path, &created[i], &error);
        if (fd < 0)
            return true;
        sink_file_close(fd);
        if (!created[i]) {
            remove_those(o, created, i);
            return false;
        }
    }
    return true;
}

void sink_unreserve(const struct sink_options *o)
{
    char path[SINK_PATH_SIZE];
    bool empty[SINK_FILES_MAX];
    for (uint32_t i = 0; i < n_files_of(o); i++) {
        uint8_t first;
        sink_path(o, i, path);
        int fd = sink_file_open_again(path);
        empty[i] = fd >= 0 && sink_file_read(fd, 0, &first, 1) == 0;
        if (fd >= 0)
            sink_file_close(fd);
    }
    remove_those(o, empty, n_files_of(o));
}

bool sink_open(struct sink *s, const struct sink_options *o, struct rdpath_error *error)
{
    *s = (struct sink){.options = *o};
    s->head = (struct pcapng_room){.bytes = memory_zeroed(SINK_HEAD_MAX), .size = SINK_HEAD_MAX};
    size_t batch = SINK_BATCH + SINK_FRAME_MAX + PCAPNG_HEAD_LEN + PCAPNG_TAIL_MIN;
    s->batch = (struct pcapng_room){.bytes = memory_zeroed(batch), .size = batch};
    bool created[SINK_FILES_MAX];
    for (uint32_t i = 0; i < n_files_of(o); i++) {
        char path[SINK_PATH_SIZE];
        sink_path(o, i, path);
        s->fds[i] = sink_file_open(path, &created[i], error);
        if (s->fds[i] < 0) {
            sink_close(s);
            remove_those(o, created, i);
            return false;
        }
        s->n_files++;
    }
    return true;
}

/* How much of the blocks is whole within len bytes, and how many are packets. They are our own. */
static size_t whole_blocks(const struct pcapng_room *room, size_t len, uint64_t *n_packets)
{
    enum { ENHANCED_PACKET = 6 };
    struct reader r = reader_of(room->bytes, room->len, READER_END);
    size_t whole = 0;
    for (;;) {
        uint32_t type = reader_le32(&r), block = reader_le32(&r);
        if (!reader_ok(&r) || whole + block > len)
            return whole;
        reader_skip(&r, block - 8);
        whole += block;
        *n_packets += type == ENHANCED_PACKET;
    }
}

static void disk_failed(struct sink *s, const struct pcapng_room *room, size_t written)
{
    size_t reserve = (size_t)s->n_interfaces * STATISTICS_LEN_MAX;
    int reason = errno;
    size_t kept = whole_blocks(room, written > reserve ? written - reserve : 0, &s->n_packets);
    s->file_len += kept;
    s->total += kept;
    sink_file_cut(s->fds[(s->begun - 1) % s->n_files], s->file_len);
    s->failed = true;
    snprintf(s->error.text, sizeof s->error.text, "the disk took no more after %llu bytes: %s",
             (unsigned long long)s->file_len, strerror(reason));
}

static bool room_write(struct sink *s, const struct pcapng_room *room)
{
    size_t n =
        sink_file_write(s->fds[(s->begun - 1) % s->n_files], s->file_len, room->bytes, room->len);
    if (n < room->len) {
        disk_failed(s, room, n);
        return false;
    }
    s->file_len += n;
    s->total += n;
    return true;
}

static bool file_begin(struct sink *s)
{
    s->begun++;
    s->file_len = 0;
    if (s->begun > s->n_files) /* it is empty before, and cutting costs a flush at its end */
        sink_file_cut(s->fds[(s->begun - 1) % s->n_files], 0);
    return room_write(s, &s->head);
}

/* All of a ring are captures from the beginning on, if empty ones. */
bool sink_begin(struct sink *s, const struct pcapng_interface *interfaces, uint32_t n,
                const struct pcapng_names *names)
{
    char os[128];
    sink_file_system(os, sizeof os);
    pcapng_put_section(&s->head, &(struct pcapng_section){
                                     .os = os[0] ? os : NULL,
                                     .program = "rdpath " RDPATH_VERSION,
                                 });
    s->n_interfaces = n;
    for (uint32_t i = 0; i < n; i++)
        pcapng_put_interface(&s->head, &interfaces[i]);
    if (names)
        pcapng_put_names(&s->head, names);
    if (s->head.failed) {
        snprintf(
            s->error.text, sizeof s->error.text,
            "expected interfaces whose filters and names fit %d bytes; give fewer --port or -i",
            SINK_HEAD_MAX);
        return false;
    }
    for (uint32_t i = 0; i < s->n_files; i++)
        sink_file_cut(s->fds[i], 0);
    for (uint32_t i = 1; i < s->n_files; i++)
        sink_file_write(s->fds[i], 0, s->head.bytes, s->head.len);
    return file_begin(s);
}

bool sink_flush(struct sink *s)
{
    if (s->failed)
        return false;
    bool written = s->batch.len == 0 || room_write(s, &s->batch);
    s->n_packets += written ? s->n_waiting : 0;
    s->n_waiting = 0;
    s->batch.len = 0;
    return written;
}

/* Is there room for so many bytes more? In a ring the next file begins. */
static bool make_room(struct sink *s, size_t len)
{
    if (s->options.file_bytes == 0 || s->file_len + s->batch.len + len <= s->options.file_bytes ||
        s->file_len + s->batch.len <= s->head.len)
        return true;
    if (s->n_files > 1)
        return sink_flush(s) && file_begin(s);
    s->full = true;
    return false;
}

bool sink_packet(struct sink *s, const struct pcapng_packet *p, const uint8_t *bytes)
{
    if (s->failed || s->full || p->captured_len > SINK_FRAME_MAX ||
        !make_room(s, PCAPNG_HEAD_LEN + p->captured_len + PCAPNG_TAIL_MIN))
        return false;
    uint8_t *head = s->batch.bytes + s->batch.len;
    memcpy(head + PCAPNG_HEAD_LEN, bytes, p->captured_len);
    s->batch.len += PCAPNG_HEAD_LEN + p->captured_len;
    pcapng_put_packet(&s->batch, p, head);
    s->n_waiting++;
    return s->batch.len < SINK_BATCH || sink_flush(s);
}

/* They may go beyond the limit of a file: it is full by packets alone. */
bool sink_statistics(struct sink *s, const struct pcapng_statistics *statistics)
{
    if (!s->failed) {
        pcapng_put_statistics(&s->batch, statistics);
        return s->batch.len < SINK_BATCH || sink_flush(s);
    }
    uint8_t bytes[STATISTICS_LEN_MAX];
    struct pcapng_room room = {.bytes = bytes, .size = sizeof bytes};
    pcapng_put_statistics(&room, statistics);
    int fd = s->fds[(s->begun - 1) % s->n_files];
    if (sink_file_write(fd, s->file_len, bytes, room.len) == room.len)
        s->file_len += room.len;
    else
        sink_file_cut(fd, s->file_len);
    return false;
}

void sink_close(struct sink *s)
{
    for (uint32_t i = 0; i < s->n_files; i++)
        sink_file_close(s->fds[i]);
    free(s->head.bytes);
    free(s->batch.bytes);
    s->n_files = 0;
}
