/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved captures: bytes in large windows, from a file or a pipe, plain or compressed -> frames.
 *
 * Formats: pcap (both byte orders, micro- and nanoseconds, the modified header) and pcapng (several
 * sections, interfaces of different link types, every block). What is not read is named, with how
 * to convert it. A file that is damaged or cut off is read up to the damage, which becomes a
 * problem, not an error.
 */
#ifndef ANALYZE_FILE_FILE_H
#define ANALYZE_FILE_FILE_H

#include "rdpath.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture_file;

/* What is known of an interface so far; grows while the file is read. */
struct file_interface {
    char *name;        /* if_name, NULL = not told */
    char *description; /* if_description */
    char *filter;      /* if_filter, "" for a binary filter */
    uint16_t link_type;
    uint32_t snaplen; /* 0 = no limit */
    int64_t received; /* isb_ifrecv; -1 = not told */
    int64_t dropped;  /* the largest of isb_ifdrop + isb_osdrop and the sum of epb_dropcount; -1 */
};

/* A name record (NRB). */
struct file_name {
    uint8_t address[16];
    uint8_t version; /* 4 or 6 */
    char *name;
};

struct file_info {
    const char *format;        /* "pcap", "pcapng" */
    const char *compression;   /* NULL, "gzip", "zstd" */
    uint64_t bytes;            /* read so far, as stored */
    uint64_t total;            /* size of the file as stored; 0 = a pipe */
    uint64_t packets;          /* frames handed out */
    int64_t first_ns, last_ns; /* earliest and latest frame time; RDPATH_UNKNOWN before the first */
    int64_t end_ns;            /* isb_endtime, RDPATH_UNKNOWN where absent */
    const struct file_interface *interfaces;
    uint32_t n_interfaces;
    const struct file_name *names;
    uint32_t n_names;
    const char *const *comments; /* of sections and frames, the first FILE_COMMENTS_MAX */
    uint32_t n_comments;
    const char *const *problems; /* each a sentence: what was expected, what was found, where */
    uint32_t n_problems;
    bool has_secrets; /* a Decryption Secrets Block was there */
};

/* Limits, each reached with a problem and never silently. */
enum {
    FILE_INTERFACES_MAX = 4096,        /* a hostile file could name one in each 20 bytes */
    FILE_NAMES_MAX = 65536,            /* name records kept */
    FILE_COMMENTS_MAX = 256,           /* comments kept */
    FILE_PROBLEMS_MAX = 16,            /* problems told one by one; then they are counted */
    FILE_FRAME_MAX = 16 * 1024 * 1024, /* larger is taken for damage */
};

/*
 * Opens path, "-" for standard input, and reads the file's header. NULL and an error where it
 * cannot be opened or is no capture that is read here. The frames' bytes stay valid until the next
 * call of file_next(). close with file_close(). hash: compute SHA-256 of the stored bytes.
 */
struct capture_file *file_open(const char *path, bool hash, struct rdpath_error *);

/* The same for bytes in memory, which must outlive the capture_file. */
struct capture_file *file_open_memory(const void *bytes, size_t len, bool hash,
                                      struct rdpath_error *);

/* The same for bytes that the caller reads. */
struct capture_file *file_open_stream(const struct rdpath_stream *, bool hash,
                                      struct rdpath_error *);

/*
 * Who wants to know what else the file holds. key_log: the text of a TLS key log (Decryption
 * Secrets Block), told as it is read; it is gone when the call returns.
 */
struct file_listener {
    void *ctx;
    void (*key_log)(void *ctx, const uint8_t *text, size_t len);
};
void file_listen(struct capture_file *, struct file_listener);

/*
 * The next frame, with captured_len <= wire_len and captured_len <= FILE_FRAME_MAX; false at the
 * end of the file, or where the damage begins.
 */
bool file_next(struct capture_file *, struct rdpath_frame *);

/* What the file has told up to now. Pointers in it stay valid until the next file_next(). */
const struct file_info *file_info(const struct capture_file *);

/* After the end, with hash: 64 hexadecimal digits of the file as stored; else NULL. */
const char *file_sha256(struct capture_file *);

void file_close(struct capture_file *);

/* "EN10MB" for 1; NULL where unknown. */
const char *file_link_type_name(uint16_t link_type);

#endif
