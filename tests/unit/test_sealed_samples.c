/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sealed tunnels are told of captures that others published, read where they are at hand
 * ($RDPATH_SHARED). The kinds are those that the captures were made of.
 */
#include "rdpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SKIPPED = 77, KINDS_SIZE = 400 };

static const struct {
    const char *file;
    const char *kinds; /* in the order in which they are told, each once */
} samples[] = {
    {"ntop_nDPI/anyconnect-vpn.pcap", "dtls "},
    {"ntop_nDPI/ipsec_isakmp_esp.pcap", "ike nat-t "},
    {"ntop_nDPI/443-opvn.pcap", "openvpn "},
    {"ntop_nDPI/openvpn.pcap", "openvpn "},
    {"ntop_nDPI/openvpn_nohmac.pcapng", "openvpn "},
    {"ntop_nDPI/tailscale.pcap", "wireguard "},
    {"ntop_nDPI/wireguard.pcap", "wireguard "},
    {"the-tcpdump-group_tcpdump/isakmp4500.pcap", "ike nat-t "},
    {"epiecs_packetlife-backup/PPTP_negotiation.cap", "pptp "},
    /* not VPNs, or none that is sealed */
    {"arkime_arkime/gtp-u.pcap", ""},
    {"ntop_nDPI/vxlan.pcap", ""},
    {"zeek_zeek/rdpeudp-handshake-success.pcap", ""},
    {"zeek_zeek/rdpeudp2-handshake-success.pcap", ""},
    {"zeek_zeek/smtp.pcap", ""},
};

enum { N_SAMPLES = sizeof samples / sizeof samples[0] };

static const char *folder;

static void hear(void *ctx, const struct rdpath_input *in)
{
    char *kinds = ctx;
    for (uint32_t i = 0; i < in->n_observations; i++) {
        const struct rdpath_observation *o = &in->observations[i];
        if (strcmp(o->id, "tunnel-seen") != 0 || strstr(kinds, o->values[0].text))
            continue;
        strcat(kinds, o->values[0].text);
        strcat(kinds, " ");
        assert_true(strlen(kinds) < KINDS_SIZE / 2);
        assert_in_range(o->values[2].number, 28, 65535);
    }
}

static void each_capture_has_its_tunnels(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        char path[2048], kinds[KINDS_SIZE] = "";
        const struct rdpath_options options = {0};
        const struct rdpath_events events = {.ctx = kinds, .input = hear};
        struct rdpath_error error;
        snprintf(path, sizeof path, "%s/captures/public/%s", folder, samples[i].file);
        struct rdpath *r = rdpath_new(&options, &events);
        if (!rdpath_read(r, path, &error))
            printf("%s is not at hand\n", samples[i].file);
        else if (strcmp(kinds, samples[i].kinds) != 0)
            fail_msg("%s: expected '%s', found '%s'", samples[i].file, samples[i].kinds, kinds);
        rdpath_free(r);
    }
}

static void hear_attempt(void *ctx, const struct rdpath_attempt *a)
{
    int64_t *overhead = ctx;
    for (uint32_t i = 0; i < a->n_observations; i++) {
        const struct rdpath_observation *o = &a->observations[i];
        if (strcmp(o->id, "tunnel-seen") != 0 || o->n_values < 6)
            continue;
        overhead[0] = o->values[3].number;
        overhead[1] = o->values[4].number;
    }
}

/* OpenVPN with AES-CBC and SHA-1: 28 bytes of IP and UDP, 20 of HMAC, 16 of IV, 8 of number
   and time, 1 to 16 of padding. Recorded on the card and in the tunnel's interface. */
static void the_overhead_of_openvpn_is_measured(void **state)
{
    char paths[2][2048];
    const char *const both[] = {paths[0], paths[1]};
    (void)state;
    int64_t overhead[2] = {0, 0};
    const struct rdpath_options options = {0};
    const struct rdpath_events events = {.ctx = overhead, .attempt = hear_attempt};
    struct rdpath_error error;
    for (int i = 0; i < 2; i++)
        snprintf(paths[i], sizeof paths[i], "%s/captures/lab/ovpn_badmtu_s2c.%s.pcap", folder,
                 i ? "tunnel" : "client");
    struct rdpath *r = rdpath_new(&options, &events);
    if (rdpath_read_joined(r, both, 2, &error)) {
        assert_int_equal(overhead[0], 73);
        assert_int_equal(overhead[1], 88);
    }
    rdpath_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_capture_has_its_tunnels),
        cmocka_unit_test(the_overhead_of_openvpn_is_measured),
    };
    char readme[2048];
    folder = getenv("RDPATH_SHARED");
    if (!folder)
        folder = "../shared";
    snprintf(readme, sizeof readme, "%s/captures/README.md", folder);
    FILE *there = fopen(readme, "r");
    if (!there) {
        printf("skipped: no captures in RDPATH_SHARED\n");
        return SKIPPED;
    }
    fclose(there);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
