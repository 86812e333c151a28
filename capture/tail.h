/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is recorded, read from the files while they grow, so that the recorder never waits for who
 * reads. With it comes what the recorder tells and what the user wants. All was opened before.
 */
#ifndef CAPTURE_TAIL_H
#define CAPTURE_TAIL_H

#include "capture/recorder.h"

enum tail_order { TAIL_STOP = 's', TAIL_CLIENT_LEFT = 'l' };

/* How the command that starts the client ended. */
struct client_end {
    bool started;
    int signal; /* that ended it; 0: it ended by itself */
    uint32_t status;
};

/* What the process that holds the reins may say. */
struct tail_message {
    enum tail_order what;
    struct client_end client; /* TAIL_CLIENT_LEFT */
};

struct tail {
    int news_fd;  /* to and from the recorder */
    int reins_fd; /* to who started both; -1: it is gone */
    int fds[SINK_FILES_MAX];
    uint32_t n_files;
    uint32_t begun; /* the file that is read, counted as in the news */
    uint64_t at;
    bool idle;         /* nothing came while it waited the last time */
    uint32_t n_missed; /* files that were begun anew before they were read */
    struct recorder_news news;
    bool over;        /* the recorder has ended: nothing more will come */
    bool lost;        /* and did not say so */
    bool stop_wanted; /* by the user */
    bool left_alone;  /* who started both was ended */
    bool client_left;
    struct client_end client;
};

enum { TAIL_NOTHING_YET = -2 };

/* How long it waits: waking for nothing costs as much as fifty packets. */
enum { TAIL_WAIT_MS = RECORDER_NEWS_MS, TAIL_IDLE_MS = 2 * TAIL_WAIT_MS };

/* The files of the recording; false where one cannot be read. */
bool tail_open(struct tail *, const struct sink_options *);

/* At most n bytes; 0: the end. TAIL_NOTHING_YET after it has waited for a while, for an order or
   for news. */
ptrdiff_t tail_read(struct tail *, void *to, size_t n);

/* Takes down what was said by who holds the reins. */
void tail_obey(struct tail *, const struct tail_message *);

/* Lets the recorder end; what it has still to write comes by tail_read(). */
void tail_stop(struct tail *);

void tail_close(struct tail *);

#endif
