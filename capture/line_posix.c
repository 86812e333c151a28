/* SPDX-License-Identifier: Apache-2.0 */
/* The line is a socket that keeps messages whole; a byte back, or its end, is the order to stop. */
#include "capture/line.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

bool line_tell(int line, const struct recorder_news *news, bool last)
{
    return send(line, news, sizeof *news, MSG_NOSIGNAL | (last ? 0 : MSG_DONTWAIT)) > 0;
}

bool line_wait(int line, struct line_sources *s, int milliseconds)
{
    struct pollfd ready[SINK_INTERFACES_MAX + 1];
    for (uint32_t i = 0; i < s->n; i++) {
        int fd = s->handles[i] ? s->pcap->get_selectable_fd(s->handles[i]) : -1;
        ready[i] = (struct pollfd){.fd = fd, .events = POLLIN};
        s->ready[i] = false;
    }
    ready[s->n] = (struct pollfd){.fd = line, .events = POLLIN};
    if (poll(ready, s->n + 1, milliseconds) < 0)
        return false;
    for (uint32_t i = 0; i < s->n; i++)
        s->ready[i] = ready[i].revents != 0;
    return ready[s->n].revents != 0;
}

void line_rest(int milliseconds)
{
    poll(NULL, 0, milliseconds);
}

/* ECONNRESET: the recorder has ended with our order unread, and what it told before comes yet. */
static void news_take(struct tail *t)
{
    struct recorder_news news;
    ssize_t got = recv(t->news_fd, &news, sizeof news, 0);
    if (got == sizeof news) {
        t->news = news;
        t->over = news.state != RECORDER_RECORDING;
    } else if (got >= 0 || (errno != EINTR && errno != ECONNRESET)) {
        t->over = t->lost = true;
    }
}

static void orders_take(struct tail *t)
{
    struct tail_message m;
    ssize_t got = read(t->reins_fd, &m, sizeof m);
    if (got == sizeof m)
        tail_obey(t, &m);
    if (got > 0 || (got < 0 && errno == EINTR))
        return;
    t->left_alone = true;
    t->reins_fd = -1;
}

void line_listen(struct tail *t, int milliseconds)
{
    struct pollfd ready[] = {{.fd = t->news_fd, .events = POLLIN},
                             {.fd = t->reins_fd, .events = POLLIN}};
    if (poll(ready, 2, milliseconds) <= 0)
        return;
    if (ready[0].revents)
        news_take(t);
    if (ready[1].revents)
        orders_take(t);
}

void line_stop(struct tail *t)
{
    static const char byte = TAIL_STOP;
    (void)!send(t->news_fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}
