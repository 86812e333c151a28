/* SPDX-License-Identifier: Apache-2.0 */
/* Measures a path in both directions, and whether RDP answers on it (docs/probe.md). */
#ifndef CAPTURE_PROBE_H
#define CAPTURE_PROBE_H

#include "base/addr.h"
#include "rdpath_probe.h"

enum { PROBE_MTU_MAX = 9216 }; /* no larger packet is sent: a jumbo frame */

struct probe_settings {
    const char *name; /* for the server name of TLS; NULL where the target is an address */
    struct addr from, to;
    uint16_t port;
    const char *interface;
    uint32_t interface_mtu;
    uint32_t n_packets_max, rate; /* packets a second */
    uint64_t n_bytes_max;
    int64_t timeout_ns; /* for a target that does not answer */
};

struct probe_session;

/* "linux", "windows" */
const char *probe_platform(void);

/* Are there packets to record? Windows shows none to a program without a driver. */
bool probe_records(void);

/* NULL and an error. Needs the right to open raw sockets and interfaces; all else does without. */
struct probe_session *probe_open(const struct probe_settings *, struct rdpath_error *);

/* Is told now and then how far it is; NULL: nobody is. */
struct probe_watch {
    void (*tell)(void *ctx, int64_t elapsed_ns, uint32_t n_packets);
    void *ctx;
};

/* Fills in what the packets tell; the names of protocols and certificates are not among it. */
void probe_run(struct probe_session *, struct rdpath_probe *, const struct probe_watch *);
void probe_close(struct probe_session *);

/* The nth frame of the session, from 0; port is that of this end, 0 for none. */
bool probe_frame(const struct probe_session *, uint32_t n, struct rdpath_frame *, uint16_t *port);
const char *probe_filter(const struct probe_session *);

/* Ports of this end whose frames tell about TLS: the newest version, the certificate; and UDP. */
enum probe_subject { PROBE_OF_VERSION, PROBE_OF_CERTIFICATE, PROBE_OF_UDP, PROBE_SUBJECTS };
uint16_t probe_port(const struct probe_session *, enum probe_subject);

/* Draws findings, status, settings and advice from what is filled in. now_s: since 1970. */
void probe_judge(struct rdpath_probe *, int64_t now_s);

#endif
