/* SPDX-License-Identifier: Apache-2.0 */
/* The yardstick of ./dev bench: libpcap reads every frame and does nothing with it. */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *header;
    const u_char *bytes;
    uint64_t n_frames = 0, n_bytes = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: pcap_loop CAPTURE\n");
        return 2;
    }
    pcap_t *pcap = pcap_open_offline(argv[1], error);
    if (!pcap) {
        fprintf(stderr, "pcap_loop: %s\n", error);
        return 3;
    }
    while (pcap_next_ex(pcap, &header, &bytes) == 1) {
        n_frames++;
        n_bytes += header->caplen;
    }
    pcap_close(pcap);
    printf("%" PRIu64 " frames, %" PRIu64 " bytes\n", n_frames, n_bytes);
    return 0;
}
