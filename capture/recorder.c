/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/recorder.h"

#include "base/arena.h"
#include "base/clock.h"
#include "capture/line.h"
#include "capture/privilege.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BURST = 16384, /* packets of one interface before the others are asked */
    COUNTS_EVERY_NS = 1000000000,
    FILTER_LEN_MAX = 4096, /* BPF_MAXINSNS of Linux; libpcap would filter a longer one by itself */
};

struct source {
    pcap_t *handle; /* NULL: it is gone */
    const struct interface *interface;
    struct recorder *recorder;
    uint32_t number;
    bool nanoseconds, ethernet;
    bool down; /* and that was told */
    char *filter;
    struct pcap_stat counts;
};

struct recorder {
    const struct pcap_library *pcap;
    struct sink sink;
    struct source sources[SINK_INTERFACES_MAX];
    uint32_t n, n_open;
    int line;
    bool all;         /* no filter */
    int64_t start_ns; /* by the clock on the wall, the next two by the steady one */
    int64_t counted_ns, told_ns;
    uint64_t told_bytes;
    struct recorder_news news;
};

/* ---- opening --------------------------------------------------------------------------------- */

static bool refuse(struct rdpath_error *error, const struct source *s, const char *expected,
                   const char *found)
{
    snprintf(error->text, sizeof error->text, "%.64s: expected %s, but: %s", s->interface->name,
             expected, found);
    return false;
}

static const char *device_of(const struct interface *i)
{
    return i->device[0] ? i->device : i->name;
}

static bool handle_open(struct source *s, struct rdpath_error *error)
{
    const struct pcap_library *pcap = s->recorder->pcap;
    char why[PCAP_ERRBUF_SIZE] = "";
    s->handle = pcap->create(device_of(s->interface), why);
    if (!s->handle)
        return refuse(error, s, "an interface to record from", why);
    pcap->set_snaplen(s->handle, RECORDER_SNAPLEN);
    pcap->set_promisc(s->handle, 1); /* at a mirror port all belongs to others */
    pcap->set_timeout(s->handle, RECORDER_TIMEOUT_MS);
    pcap->set_buffer_size(s->handle, s->recorder->all ? RECORDER_BUFFER_ALL : RECORDER_BUFFER);
    s->nanoseconds = pcap->set_tstamp_precision &&
                     pcap->set_tstamp_precision(s->handle, PCAP_TSTAMP_PRECISION_NANO) == 0;
    int status = pcap->activate(s->handle);
    if (status == PCAP_ERROR_PERM_DENIED) {
        privilege_explain(error);
        return false;
    }
    if (status < 0)
        return refuse(error, s, "an interface to record from",
                      status == PCAP_ERROR ? pcap->geterr(s->handle) : pcap->statustostr(status));
    if (pcap->setnonblock(s->handle, 1, why) != 0)
        return refuse(error, s, "an interface that does not block", why);
    s->ethernet = pcap->datalink(s->handle) == DLT_EN10MB;
    return true;
}

static bool filter_set(struct source *s, struct filter_wish wish, struct rdpath_error *error)
{
    const struct pcap_library *pcap = s->recorder->pcap;
    struct text expression = {0};
    struct bpf_program program;
    wish.ethernet = s->ethernet;
    filter_write(&expression, &wish);
    s->filter = expression.bytes;
    if (pcap->compile(s->handle, &program, s->filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return refuse(error, s, "a filter that fits its packets", pcap->geterr(s->handle));
    if (program.bf_len > FILTER_LEN_MAX) {
        pcap->freecode(&program);
        return refuse(error, s, "a filter that the kernel takes",
                      "it is too long; give fewer --port");
    }
    bool set = pcap->setfilter(s->handle, &program) == 0;
    pcap->freecode(&program);
    return set || refuse(error, s, "the kernel to take the filter", pcap->geterr(s->handle));
}

static bool sources_open(struct recorder *r, const struct recording *what,
                         struct rdpath_error *error)
{
    for (uint32_t i = 0; i < what->n; i++) {
        struct source *s = &r->sources[r->n++];
        *s = (struct source){.interface = &what->list[i].interface, .recorder = r, .number = i};
        if (!handle_open(s, error) || (!what->all && !filter_set(s, what->list[i].filter, error)))
            return false;
    }
    r->n_open = r->n;
    return true;
}

static bool sink_describe(struct recorder *r, const struct recording *what)
{
    struct pcapng_interface list[SINK_INTERFACES_MAX];
    char comments[SINK_INTERFACES_MAX][64];
    for (uint32_t i = 0; i < r->n; i++) {
        const struct interface *own = r->sources[i].interface;
        snprintf(comments[i], sizeof comments[i], "MTU %u, %s", own->mtu,
                 interface_kind_name(own->kind));
        list[i] = (struct pcapng_interface){
            .link_type = pcap_library_link_type(r->pcap, r->sources[i].handle),
            .snaplen = RECORDER_SNAPLEN,
            .name = own->name,
            .description = own->title[0] ? own->title : NULL,
            .filter = r->sources[i].filter,
            .comment = comments[i],
            .addresses = own->addresses,
            .prefix_lens = own->prefix_lens,
            .n_addresses = own->n_addresses,
            .mac = own->has_mac ? own->mac : NULL,
        };
    }
    const struct pcapng_names names = {what->host, what->hosts, what->n_hosts};
    return sink_begin(&r->sink, list, r->n, what->host ? &names : NULL);
}

static bool recorder_open(struct recorder *r, const struct recording *what,
                          struct rdpath_error *error)
{
    r->pcap = pcap_library(error);
    r->all = what->all;
    if (!r->pcap || !sources_open(r, what, error) || !sink_open(&r->sink, &what->sink, error))
        return false;
    if (!sink_describe(r, what)) {
        *error = r->sink.error;
        return false;
    }
    return privilege_drop(error); /* not confined: libpcap reads the counts of drops from /sys */
}

/* ---- packets --------------------------------------------------------------------------------- */

/* What this machine sent bears its own address; nothing else of the frame is looked at. */
static uint8_t way_of(const struct source *s, const uint8_t *bytes, uint32_t len)
{
    if (!s->ethernet || !s->interface->has_mac || len < 12)
        return RDPATH_WAY_UNKNOWN;
    bool own = memcmp(bytes + 6, s->interface->mac, 6) == 0;
    return own ? RDPATH_WAY_OUTBOUND : RDPATH_WAY_INBOUND;
}

static void on_packet(u_char *ctx, const struct pcap_pkthdr *h, const u_char *bytes)
{
    struct source *s = (void *)ctx;
    struct recorder *r = s->recorder;
    int64_t fraction = s->nanoseconds ? h->ts.tv_usec : (int64_t)h->ts.tv_usec * 1000;
    struct pcapng_packet p = {
        .interface = s->number,
        .captured_len = h->caplen,
        .wire_len = h->len,
        .ts_ns = (int64_t)h->ts.tv_sec * 1000000000 + fraction,
        .way = way_of(s, bytes, h->caplen),
    };
    sink_packet(&r->sink, &p, bytes);
}

/* ---- counts and news ------------------------------------------------------------------------- */

static void counts_write(struct recorder *r, const struct source *s, bool last)
{
    int64_t now = clock_wall_ns();
    struct pcapng_statistics counts = {
        .interface = s->number,
        .ts_ns = now,
        .start_ns = r->start_ns,
        .end_ns = last ? now : RDPATH_UNKNOWN,
        .received = s->counts.ps_recv,
        .if_dropped = s->counts.ps_ifdrop,
        .os_dropped = s->counts.ps_drop,
    };
    sink_statistics(&r->sink, &counts);
}

/* True: more were dropped since they were last read. */
static bool counts_read(struct recorder *r, struct source *s)
{
    struct pcap_stat now;
    if (!s->handle || r->pcap->stats(s->handle, &now) != 0)
        return false;
    bool more = now.ps_drop > s->counts.ps_drop || now.ps_ifdrop > s->counts.ps_ifdrop;
    s->counts = now;
    return more;
}

static bool counts_are_due(const struct recorder *r)
{
    return clock_steady_ns() - r->counted_ns >= COUNTS_EVERY_NS;
}

/* Who sets an interface down ends nothing: the kernel goes on with it when it is up again. */
static void state_tell(struct recorder *r, struct source *s)
{
    if (!s->handle || r->news.text[0] || interface_is_down(s->interface) == s->down)
        return;
    s->down = !s->down;
    snprintf(r->news.text, sizeof r->news.text,
             s->down ? "%.64s: this interface is down: no packets come from it until it is up "
                       "again; kept so far: %llu packets"
                     : "%.64s: this interface is up again and is recorded; kept so far: %llu "
                       "packets",
             s->interface->name, (unsigned long long)r->sink.n_packets);
}

/* Stored as soon as they are known: a recording that is killed must not look complete. */
static void counts_keep(struct recorder *r)
{
    if (!counts_are_due(r))
        return;
    r->counted_ns = clock_steady_ns();
    for (uint32_t i = 0; i < r->n; i++) {
        if (counts_read(r, &r->sources[i]))
            counts_write(r, &r->sources[i], false);
        state_tell(r, &r->sources[i]);
    }
}

static uint64_t dropped_in_all(const struct recorder *r)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->n; i++)
        n += r->sources[i].counts.ps_drop + r->sources[i].counts.ps_ifdrop;
    return n;
}

/* What the line had no room for is news still. */
static void news_send(struct recorder *r, bool last)
{
    r->news.begun = r->sink.begun;
    r->news.file_len = r->sink.file_len;
    r->news.bytes = r->sink.total;
    r->news.packets = r->sink.n_packets;
    r->news.dropped = dropped_in_all(r);
    r->told_ns = clock_steady_ns();
    if (!line_tell(r->line, &r->news, last))
        return;
    r->news.text[0] = '\0';
    r->told_bytes = r->sink.total;
}

static bool news_are_due(const struct recorder *r)
{
    uint64_t bytes = r->sink.total - r->told_bytes;
    int64_t ms = bytes > RECORDER_MUCH ? RECORDER_NEWS_MUCH_MS : RECORDER_NEWS_MS;
    return r->news.text[0] || (bytes && clock_steady_ns() - r->told_ns >= ms * 1000000);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void source_lost(struct recorder *r, struct source *s)
{
    counts_read(r, s);
    snprintf(r->news.text, sizeof r->news.text,
             "%.64s: no more packets from this interface: %.256s", s->interface->name,
             r->pcap->geterr(s->handle));
    r->pcap->close(s->handle);
    s->handle = NULL;
    if (--r->n_open == 0)
        r->news.state = RECORDER_FAILED;
}

static void sink_check(struct recorder *r)
{
    if (sink_flush(&r->sink) && !r->sink.full)
        return;
    r->news.state = r->sink.full ? RECORDER_FULL : RECORDER_FAILED;
    if (r->sink.failed)
        snprintf(r->news.text, sizeof r->news.text, "%s", r->sink.error.text);
}

static struct line_sources sources_of(const struct recorder *r)
{
    struct line_sources all = {.pcap = r->pcap, .n = r->n};
    for (uint32_t i = 0; i < r->n; i++)
        all.handles[i] = r->sources[i].handle;
    return all;
}

static void sources_read(struct recorder *r, const struct line_sources *all)
{
    for (uint32_t i = 0; i < r->n; i++) {
        struct source *s = &r->sources[i];
        if (s->handle && all->ready[i] &&
            r->pcap->dispatch(s->handle, BURST, on_packet, (void *)s) < 0)
            source_lost(r, s);
    }
}

/* One that went down says nothing when it vanishes, to who does not ask it. */
static void ask_all(struct line_sources *all)
{
    for (uint32_t i = 0; i < all->n; i++)
        all->ready[i] = true;
}

static void recorder_step(struct recorder *r)
{
    struct line_sources all = sources_of(r);
    bool has_news = r->sink.total > r->told_bytes || r->news.text[0];
    bool told_to_stop = line_wait(r->line, &all, has_news ? RECORDER_NEWS_MS : RECORDER_IDLE_MS);
    if (counts_are_due(r))
        ask_all(&all);
    sources_read(r, &all);
    sink_check(r);
    counts_keep(r);
    if (told_to_stop && r->news.state == RECORDER_RECORDING)
        r->news.state = RECORDER_STOPPED;
    if (r->news.state != RECORDER_RECORDING)
        return; /* told when the files are complete */
    if (news_are_due(r))
        news_send(r, false);
}

/* The kernel hands out packets a block at a time, the last one when it has waited long enough. */
static void recorder_drain(struct recorder *r)
{
    struct line_sources all = sources_of(r);
    line_rest(2 * RECORDER_TIMEOUT_MS);
    ask_all(&all);
    sources_read(r, &all);
}

static void recorder_close(struct recorder *r)
{
    if (r->news.state == RECORDER_STOPPED)
        recorder_drain(r);
    for (uint32_t i = 0; i < r->n; i++) {
        counts_read(r, &r->sources[i]);
        counts_write(r, &r->sources[i], true);
    }
    sink_flush(&r->sink);
    sink_close(&r->sink);
    news_send(r, true);
}

void recorder_run(const struct recording *what, int line)
{
    struct recorder *r = memory_zeroed(sizeof *r);
    struct rdpath_error error;
    r->line = line;
    if (!recorder_open(r, what, &error)) {
        r->news.state = RECORDER_FAILED;
        snprintf(r->news.text, sizeof r->news.text, "%s", error.text);
        news_send(r, true);
        return;
    }
    r->start_ns = clock_wall_ns();
    news_send(r, true);
    while (r->news.state == RECORDER_RECORDING)
        recorder_step(r);
    recorder_close(r);
}
