/* SPDX-License-Identifier: Apache-2.0 */
/* rdpath probe: measures the path to one target. What TLS said is read from the recording. */
#include "capture/probe.h"

#include "base/clock.h"
#include "base/pcapng_writer.h"
#include "capture/privilege.h"
#include "capture/probe_target.h"
#include "capture/stop.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "report/render/probe.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PACKETS_MAX = 200,
    RATE = 400,
    TIMEOUT_S = 3,
    QUICK_NS = 1000000000, /* what is over by then shows no progress */
    ROOM = 4096,           /* of the blocks that are no packets */
    CERTIFICATES_MAX = 1,
};
#define BYTES_MAX (128 * 1024)

/* ---- what the recording tells ---------------------------------------------------------------- */

/* The texts of a certificate live as long as the analysis: copies. */
struct facts {
    struct rdpath_tls tls;
    struct rdpath_udp udp;
    struct rdpath_certificate certificate;
    char texts[4][1024];
    char udp_version[16];
};

static const char *copy(char *to, size_t size, const char *from)
{
    if (!from)
        return NULL;
    snprintf(to, size, "%s", from);
    return to;
}

static void on_attempt(void *ctx, const struct rdpath_attempt *a)
{
    struct facts *f = ctx;
    f->tls = a->tls;
    f->tls.server_name = (struct rdpath_text){0};
    f->udp = a->udp;
    f->udp.version = copy(f->udp_version, sizeof f->udp_version, a->udp.version);
    if (!a->tls.certificate)
        return;
    f->certificate = *a->tls.certificate;
    f->tls.certificate = &f->certificate;
    f->certificate.subject = copy(f->texts[0], sizeof f->texts[0], f->certificate.subject);
    f->certificate.issuer = copy(f->texts[1], sizeof f->texts[1], f->certificate.issuer);
    f->certificate.sha256 = copy(f->texts[2], sizeof f->texts[2], f->certificate.sha256);
    f->certificate.key = copy(f->texts[3], 64, f->certificate.key);
    f->certificate.signature = copy(f->texts[3] + 64, 256, f->certificate.signature);
}

/* Analyzes the frames of one port of this end. */
static void read_facts(struct facts *f, const struct probe_session *s, enum probe_subject subject,
                       uint16_t server_port)
{
    uint16_t wanted = probe_port(s, subject), port;
    struct rdpath_options options = {.ports = &server_port, .n_ports = 1};
    struct rdpath_events events = {.ctx = f, .attempt = on_attempt};
    struct rdpath_frame frame;
    *f = (struct facts){0};
    if (!wanted)
        return;
    struct rdpath *r = rdpath_new(&options, &events);
    for (uint32_t n = 0; probe_frame(s, n, &frame, &port); n++) {
        if (port == wanted)
            rdpath_feed(r, &frame);
    }
    rdpath_end(r);
    rdpath_free(r);
}

/* The newest version that the server takes, and the certificate that an older one shows. */
static void fill_in(struct rdpath_probe *r, const struct probe_session *s, struct facts facts[3])
{
    for (int i = 0; i < PROBE_SUBJECTS; i++)
        read_facts(&facts[i], s, (enum probe_subject)i, r->port);
    struct facts *newest = &facts[PROBE_OF_VERSION], *shown = &facts[PROBE_OF_CERTIFICATE];
    r->tls = newest->tls.version ? newest->tls : shown->tls;
    r->tls.certificate = shown->tls.certificate;
    r->udp = facts[PROBE_OF_UDP].udp;
}

/* ---- the recording --------------------------------------------------------------------------- */

static bool write_packets(FILE *file, const struct probe_session *s)
{
    struct rdpath_frame frame;
    uint16_t port;
    for (uint32_t n = 0; probe_frame(s, n, &frame, &port); n++) {
        uint8_t head[PCAPNG_HEAD_LEN], bytes[PCAPNG_TAIL_MIN];
        struct pcapng_room tail = {.bytes = bytes, .size = sizeof bytes};
        struct pcapng_packet packet = {
            .captured_len = frame.captured_len,
            .wire_len = frame.wire_len,
            .ts_ns = frame.ts_ns,
        };
        pcapng_put_packet(&tail, &packet, head);
        if (fwrite(head, 1, sizeof head, file) != sizeof head ||
            fwrite(frame.bytes, 1, frame.captured_len, file) != frame.captured_len ||
            fwrite(tail.bytes, 1, tail.len, file) != tail.len)
            return false;
    }
    return true;
}

/* Until when nothing more came. */
static bool write_end(FILE *file, const struct rdpath_probe *r)
{
    uint8_t bytes[ROOM];
    struct pcapng_room room = {.bytes = bytes, .size = sizeof bytes};
    int64_t end_ns = clock_wall_ns();
    pcapng_put_statistics(&room, &(struct pcapng_statistics){.ts_ns = end_ns,
                                                             .start_ns = r->start_ns,
                                                             .end_ns = end_ns,
                                                             .received = -1,
                                                             .if_dropped = -1,
                                                             .os_dropped = -1});
    return fwrite(room.bytes, 1, room.len, file) == room.len;
}

static bool write_recording(struct output *out, const struct rdpath_probe *r,
                            const struct probe_session *s)
{
    uint8_t bytes[ROOM];
    struct pcapng_room room = {.bytes = bytes, .size = sizeof bytes};
    struct rdpath_frame first = {0};
    uint16_t port;
    if (!r->capture)
        return true;
    (void)probe_frame(s, 0, &first, &port);
    pcapng_put_section(&room,
                       &(struct pcapng_section){.program = "rdpath " RDPATH_VERSION " probe"});
    pcapng_put_interface(&room, &(struct pcapng_interface){
                                    .link_type = first.bytes ? first.link_type : 1,
                                    .name = r->interface,
                                    .filter = probe_filter(s),
                                });
    (void)(fwrite(room.bytes, 1, room.len, out->file) == room.len && write_packets(out->file, s) &&
           write_end(out->file, r));
    return output_commit(out);
}

/* ---- the command ----------------------------------------------------------------------------- */

static int status_of(const struct rdpath_probe *r)
{
    if (r->status <= RDPATH_PROBE_OPEN)
        return EXIT_HEALTHY;
    return r->status == RDPATH_PROBE_UNANSWERED ? EXIT_NO_ATTEMPT : EXIT_FAULT_FOUND;
}

static bool write_result(struct output *out, const struct format *format,
                         const struct rdpath_probe *r)
{
    (format == &format_json ? probe_write_json : probe_write_text)(out->file, r);
    return output_commit(out);
}

struct outputs {
    struct output recording, result;
};

/* Before the first packet is sent, and with the rights that are left for naming them at the end. */
static bool open_outputs(const struct options *o, struct outputs *out)
{
    if (!output_open(&out->recording, o->write))
        return false;
    if (output_open(&out->result, o->output))
        return true;
    output_discard(&out->recording);
    return false;
}

static void discard_outputs(struct outputs *out)
{
    output_discard(&out->recording);
    output_discard(&out->result);
}

/* From here on packets of anybody are read. */
static bool confine(const struct options *o)
{
    struct rdpath_error error;
    static const struct rdpath_options nothing;
    rdpath_preload(&nothing);
    format_prepare();
    bool confined = privilege_confine_probe(o->write || o->output, &error);
    if (!confined)
        complain("%s", error.text);
    return confined;
}

struct shown {
    const char *host;
    bool wanted, any;
};

static void show_progress(void *ctx, int64_t elapsed_ns, uint32_t n_packets)
{
    struct shown *shown = ctx;
    if (!shown->wanted || elapsed_ns < QUICK_NS)
        return;
    shown->any = true;
    progress_show_probe(shown->host, (unsigned)(elapsed_ns / 1000000000), n_packets);
}

static bool open_session(const struct options *o, struct probe_target *target,
                         struct probe_settings *settings, struct probe_session **session)
{
    struct rdpath_error error = {""};
    const char *const files[] = {o->write, o->output};
    *settings = (struct probe_settings){
        .n_packets_max = o->max_packets ? o->max_packets : PACKETS_MAX,
        .n_bytes_max = o->max_bytes ? o->max_bytes : BYTES_MAX,
        .rate = o->rate ? o->rate : RATE,
        .timeout_ns = (int64_t)(o->timeout ? o->timeout : TIMEOUT_S) * 1000000000,
    };
    bool found =
        privilege_return_to_user(files, 2, &error) && target_find(target, settings, &error);
    *session = found ? probe_open(settings, &error) : NULL;
    if (*session && !target_give_up_rights(&error)) {
        probe_close(*session);
        *session = NULL;
    }
    if (!*session)
        complain("%s", error.text);
    return *session != NULL;
}

static int probe(const struct options *o, struct probe_target *target)
{
    static struct facts facts[PROBE_SUBJECTS];
    struct probe_settings settings;
    struct probe_session *s;
    struct outputs out;
    struct shown shown = {.host = target->host, .wanted = !o->quiet && console_is_terminal(stderr)};
    if (!open_session(o, target, &settings, &s))
        return target->no_host ? EXIT_USAGE : EXIT_INPUT;
    stop_listen();
    if (!open_outputs(o, &out)) {
        probe_close(s);
        return EXIT_INPUT;
    }
    if (!confine(o)) {
        discard_outputs(&out);
        probe_close(s);
        return EXIT_INPUT;
    }
    struct rdpath_probe r = {
        .host = target->host,
        .port = target->port,
        .platform = probe_platform(),
        .interface = target->interface,
        .interface_mtu = settings.interface_mtu,
        .patience_ns = settings.timeout_ns,
        .capture = o->write,
        .start_ns = clock_wall_ns(),
    };
    addr_format(&settings.to, r.address);
    addr_format(&settings.from, r.local);
    probe_run(s, &r, &(struct probe_watch){show_progress, &shown});
    if (shown.any)
        progress_clear();
    fill_in(&r, s, facts);
    probe_judge(&r, (int64_t)time(NULL));
    bool written = write_recording(&out.recording, &r, s);
    written = write_result(&out.result, o->format, &r) && written;
    probe_close(s);
    return written ? status_of(&r) : EXIT_INPUT;
}

/* Contradictions; NULL: none. */
static const char *wrong_options(const struct options *o)
{
    if (o->write && !probe_records())
        return "-w: expected packets to write, but Windows shows rdpath probe none; record them "
               "beside it with rdpath capture";
    if (o->write && strcmp(o->write, "-") == 0)
        return "-w: expected a file to record to, got standard output, which carries the answer";
    if (output_is_same(o->write, o->output))
        return "expected a file of its own for the recording (-w) and the answer (-o)";
    return NULL;
}

int command_probe(struct options *o)
{
    struct probe_target target = {.port = 0};
    const char *wrong = wrong_options(o);
    if (o->n_arguments != 1) {
        complain("expected one target, HOST or HOST:PORT, got %u, see rdpath probe --help",
                 o->n_arguments);
        return EXIT_USAGE;
    }
    if (o->format && o->format != &format_text && o->format != &format_json) {
        complain("--format: expected text or json, got \"%s\"", o->format->name);
        return EXIT_USAGE;
    }
    if (wrong) {
        complain("%s", wrong);
        return EXIT_USAGE;
    }
    if (!target_parse(&target, o->arguments[0])) {
        complain("expected HOST, HOST:PORT or [IPV6]:PORT, got \"%s\"", o->arguments[0]);
        return EXIT_USAGE;
    }
    if (o->n_interfaces)
        snprintf(target.interface, sizeof target.interface, "%s", o->interfaces[0]);
    return probe(o, &target);
}
