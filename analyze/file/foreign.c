/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/file/foreign.h"

#include <stdio.h>
#include <string.h>

#define BY_EDITCAP "convert it with editcap -F pcapng OLD NEW"
#define BY_PKTMON "convert it with pktmon etl2pcap FILE, or with etl2pcapng"
#define UNPACK "unpack it first"

enum { LOOK_MAX = 4096, LOOK_MIN = 2 };

struct kind {
    uint8_t at, len;
    const char *bytes;
    const char *found, *advice;
};

#define AT(offset, bytes) offset, sizeof bytes - 1, bytes

static const struct kind kinds[] = {
    {AT(0, "snoop\0\0\0"), "a Solaris snoop capture", BY_EDITCAP},
    {AT(0, "GMBU"), "a Microsoft Network Monitor 2 capture", BY_EDITCAP},
    {AT(0, "RTSS"), "a Microsoft Network Monitor 1 capture", BY_EDITCAP},
    {AT(0, "TRSNIFF data"), "a Sniffer capture", BY_EDITCAP},
    {AT(0, "XCP\0"), "a NetXRay or Windows Sniffer capture", BY_EDITCAP},
    {AT(0, "iptrace "), "an AIX iptrace capture", BY_EDITCAP},
    {AT(0, "btsnoop\0"), "a Bluetooth capture", "record on the network interface"},
    {AT(0, "\x1c\x00\x01\xac"), "a pcap variant of Ixia", BY_EDITCAP},
    {AT(0, "\xac\x01\x00\x1c"), "a pcap variant of Ixia", BY_EDITCAP},
    {AT(0, "ElfFile\0"), "a Windows event log", "record the packets with pktmon"},
    {AT(0, "\xfd\x37zXZ\0"), "xz-compressed data", "unpack it first: xz -d FILE"},
    {AT(0, "BZh"), "bzip2-compressed data", "unpack it first: bzip2 -d FILE"},
    {AT(0, "\x04\x22\x4d\x18"), "LZ4-compressed data", "unpack it first: lz4 -d FILE"},
    {AT(0, "PK\x03\x04"), "a zip archive", UNPACK},
    {AT(0, "7z\xbc\xaf\x27\x1c"), "a 7-Zip archive", UNPACK},
    {AT(0, "Rar!"), "a RAR archive", UNPACK},
    {AT(0, "MSCF"), "a cabinet archive", UNPACK},
    {AT(0, "\x1f\x8b"), "gzip data, twice compressed", UNPACK},
    {AT(0, "\x28\xb5\x2f\xfd"), "zstd data, twice compressed", UNPACK},
    {AT(0, "\x1f\x9d"), "compress data", "unpack it first: uncompress FILE"},
    {AT(0, "\xff\xfe"), "text in UTF-16", "record packets instead, with tcpdump -w or pktmon"},
};

static const struct kind *kind_find(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *k = &kinds[i];
        struct reader r = reader_of(bytes, len, READER_END);
        reader_skip(&r, k->at);
        const uint8_t *there = reader_take(&r, k->len);
        if (there && memcmp(there, k->bytes, k->len) == 0)
            return k;
    }
    return NULL;
}

/*
 * An event trace has no magic number. It begins with a buffer header of 72 bytes, whose first field
 * is the buffer's size, a multiple of 1 KiB; behind it stands the first event, the system trace
 * header: version 2, header type 1 or 2 (32 or 64 bits), flags 0xc0 (WMI_BUFFER_HEADER and
 * SYSTEM_TRACE_HEADER of the Windows SDK).
 */
static bool is_event_trace(const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len, READER_END);
    uint32_t buffer_size = reader_le32(&r);
    reader_skip(&r, 72 - 4);
    uint16_t version = reader_le16(&r);
    uint8_t type = reader_u8(&r);
    uint8_t flags = reader_u8(&r);
    return reader_ok(&r) && buffer_size && buffer_size % 1024 == 0 &&
           buffer_size <= 16 * 1024 * 1024 && version == 2 && (type == 1 || type == 2) &&
           flags == 0xc0;
}

static bool is_text(const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len, READER_END);
    while (r.left) {
        uint8_t c = reader_u8(&r);
        if (c == 0x7f || (c < ' ' && !(c >= '\t' && c <= '\r') && c != 0x1b))
            return false;
    }
    return true;
}

static bool is_html(const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len, READER_END);
    char start[10] = "";
    while (reader_peek(&r) && strchr(" \t\r\n\xef\xbb\xbf", reader_peek(&r)))
        reader_skip(&r, 1);
    for (size_t i = 0; i < sizeof start - 1; i++)
        start[i] = (char)(reader_u8(&r) | 0x20); /* lower case, for letters */
    return strncmp(start, "<!doctype", 9) == 0 || strncmp(start, "<html", 5) == 0;
}

static void bytes_describe(const uint8_t *bytes, size_t len, char text[FOREIGN_TEXT_SIZE])
{
    struct reader r = reader_of(bytes, len < 4 ? len : 4, READER_END);
    int n = snprintf(text, FOREIGN_TEXT_SIZE, "found one that begins with");
    while (r.left && n > 0)
        n += snprintf(text + n, FOREIGN_TEXT_SIZE - (size_t)n, " %02x", reader_u8(&r));
    snprintf(text + n, FOREIGN_TEXT_SIZE - (size_t)n, "; if Wireshark opens it, " BY_EDITCAP);
}

void foreign_name(struct input *in, char text[FOREIGN_TEXT_SIZE])
{
    (void)input_want(in, LOOK_MAX); /* fewer will do */
    size_t len = input_left(in) < LOOK_MAX ? input_left(in) : LOOK_MAX;
    const uint8_t *bytes = input_want(in, len);
    const struct kind *k = kind_find(bytes, len);
    const char *found = NULL, *advice = NULL;
    if (len == 0)
        found = "an empty file", advice = "check how it was recorded";
    else if (k)
        found = k->found, advice = k->advice;
    else if (is_event_trace(bytes, len))
        found = "a Windows event trace (ETL)", advice = BY_PKTMON;
    else if (is_html(bytes, len))
        found = "a web page", advice = "download the file itself";
    else if (is_text(bytes, len))
        found = "text", advice = "record packets with tcpdump -w, or convert a dump with text2pcap";
    if (found)
        snprintf(text, FOREIGN_TEXT_SIZE, "found %s; %s", found, advice);
    else
        bytes_describe(bytes, len, text);
}
