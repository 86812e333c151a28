/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/probe_ear.h"

#include "base/arena.h"
#include "capture/pcap_library.h"

#include <stdio.h>
#include <string.h>

/* A tunnel's ring has frames of the snaplen: four times as many as with that of a recording. */
enum { SNAPLEN = 65535, BUFFER = 4 * 1024 * 1024 };

struct kept {
    size_t at;
    uint32_t captured_len, wire_len;
    int64_t ts_ns;
};

struct probe_ear {
    const struct pcap_library *pcap;
    pcap_t *handle;
    char filter[160];
    int64_t unit_ns; /* of the fraction in a timestamp */
    uint16_t link_type;
    bool deaf;
    struct kept *frames;
    uint32_t n_frames;
    uint8_t *bytes;
    size_t n_bytes, room;
};

static bool start(struct probe_ear *e, struct rdpath_error *error, const char *interface)
{
    const struct pcap_library *pcap = e->pcap;
    pcap->set_snaplen(e->handle, SNAPLEN);
    pcap->set_buffer_size(e->handle, BUFFER);
    pcap->set_timeout(e->handle, 1);
    if (pcap->set_immediate_mode)
        pcap->set_immediate_mode(e->handle, 1);
    e->unit_ns = 1000;
    if (pcap->set_tstamp_precision &&
        pcap->set_tstamp_precision(e->handle, PCAP_TSTAMP_PRECISION_NANO) == 0)
        e->unit_ns = 1;
    char reason[PCAP_ERRBUF_SIZE] = "";
    int status = pcap->activate(e->handle);
    struct bpf_program program;
    bool started = status >= 0 && pcap->compile(e->handle, &program, e->filter, 1, 0) == 0;
    if (started) {
        started = pcap->setfilter(e->handle, &program) == 0;
        pcap->freecode(&program);
    }
    started = started && pcap->setnonblock(e->handle, 1, reason) == 0;
    if (!started)
        snprintf(error->text, sizeof error->text,
                 "%s: expected to record packets there, found: %s %s; name another with -i",
                 interface, pcap->statustostr(status), pcap->geterr(e->handle));
    return started;
}

struct probe_ear *ear_open(const char *interface, const struct addr *target,
                           struct rdpath_error *error)
{
    char address[ADDR_TEXT_SIZE], reason[PCAP_ERRBUF_SIZE] = "";
    const struct pcap_library *pcap = pcap_library(error);
    if (!pcap)
        return NULL;
    struct probe_ear *e = memory_zeroed(sizeof *e);
    e->pcap = pcap;
    addr_format(target, address);
    snprintf(e->filter, sizeof e->filter, "host %s or %s", address,
             target->version == 6 ? "(icmp6 and ip6[40] >= 1 and ip6[40] <= 4)"
                                  : "(icmp and (icmp[0] == 3 or icmp[0] == 11 or icmp[0] == 12))");
    e->handle = pcap->create(interface, reason);
    if (!e->handle)
        snprintf(error->text, sizeof error->text, "%s: cannot be recorded: %s", interface, reason);
    if (!e->handle || !start(e, error, interface)) {
        ear_close(e);
        return NULL;
    }
    e->link_type = pcap_library_link_type(pcap, e->handle);
    e->frames = memory_zeroed(PROBE_FRAMES_MAX * sizeof *e->frames);
    return e;
}

void ear_close(struct probe_ear *e)
{
    if (!e)
        return;
    if (e->handle)
        e->pcap->close(e->handle);
    memory_release(e->frames);
    memory_release(e->bytes);
    memory_release(e);
}

void ear_wait(struct probe_ear *e, int milliseconds)
{
    pcap_library_wait(e->pcap, e->handle, milliseconds);
}

bool ear_read(struct probe_ear *e, struct rdpath_frame *frame)
{
    struct pcap_pkthdr *h;
    const uint8_t *bytes;
    int status = e->pcap->next_ex(e->handle, &h, &bytes);
    e->deaf |= status < 0;
    if (status != 1)
        return false;
    *frame = (struct rdpath_frame){
        .bytes = bytes,
        .captured_len = h->caplen,
        .wire_len = h->len,
        .ts_ns = (int64_t)h->ts.tv_sec * 1000000000 + (int64_t)h->ts.tv_usec * e->unit_ns,
        .link_type = e->link_type,
    };
    return true;
}

bool ear_is_deaf(const struct probe_ear *e)
{
    return e->deaf;
}

void ear_keep(struct probe_ear *e, const struct rdpath_frame *f)
{
    if (e->n_frames == PROBE_FRAMES_MAX || e->n_bytes + f->captured_len > PROBE_BYTES_MAX)
        return;
    if (e->n_bytes + f->captured_len > e->room) {
        e->room = (e->n_bytes + f->captured_len) * 2;
        e->bytes = memory_resized(e->bytes, e->room);
    }
    memcpy(e->bytes + e->n_bytes, f->bytes, f->captured_len);
    e->frames[e->n_frames++] = (struct kept){e->n_bytes, f->captured_len, f->wire_len, f->ts_ns};
    e->n_bytes += f->captured_len;
}

bool ear_frame(const struct probe_ear *e, uint32_t n, struct rdpath_frame *frame)
{
    if (n >= e->n_frames)
        return false;
    const struct kept *k = &e->frames[n];
    *frame = (struct rdpath_frame){
        .bytes = e->bytes + k->at,
        .captured_len = k->captured_len,
        .wire_len = k->wire_len,
        .ts_ns = k->ts_ns,
        .number = n + 1u,
        .link_type = e->link_type,
    };
    return true;
}

uint32_t ear_dropped(struct probe_ear *e)
{
    struct pcap_stat stat = {0};
    return e->pcap->stats(e->handle, &stat) == 0 ? stat.ps_drop : 0;
}

const char *ear_filter(const struct probe_ear *e)
{
    return e->filter;
}
