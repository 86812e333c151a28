/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/line_windows.h"

#include <string.h>
#include <windows.h>

#undef interface

/* There is one recording in a process. */
static struct {
    SRWLOCK lock;
    HANDLE something, stop; /* to be listened to; the order to the recorder */
    struct recorder_news news;
    bool has_news, recorder_ended;
    struct tail_message stop_order, client_order; /* what 0: not said */
} line_state = {.lock = SRWLOCK_INIT};

void line_begin(void)
{
    line_state.something = CreateEventW(NULL, FALSE, FALSE, NULL);
    line_state.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
}

bool line_tell(int line, const struct recorder_news *news, bool last)
{
    (void)line;
    AcquireSRWLockExclusive(&line_state.lock);
    bool taken = last || !line_state.has_news || !line_state.news.text[0];
    if (taken) {
        line_state.news = *news;
        line_state.has_news = true;
    }
    ReleaseSRWLockExclusive(&line_state.lock);
    SetEvent(line_state.something);
    return taken;
}

bool line_wait(int line, struct line_sources *s, int milliseconds)
{
    (void)line;
    for (uint32_t i = 0; i < s->n; i++)
        s->ready[i] = s->handles[i] != NULL; /* none of them blocks */
    DWORD rest = milliseconds < PCAP_LIBRARY_POLL_MS ? (DWORD)milliseconds : PCAP_LIBRARY_POLL_MS;
    return WaitForSingleObject(line_state.stop, rest) == WAIT_OBJECT_0;
}

void line_rest(int milliseconds)
{
    Sleep((DWORD)milliseconds);
}

void line_listen(struct tail *t, int milliseconds)
{
    WaitForSingleObject(line_state.something, (DWORD)milliseconds);
    AcquireSRWLockExclusive(&line_state.lock);
    if (line_state.has_news) {
        t->news = line_state.news;
        t->over = t->news.state != RECORDER_RECORDING;
        line_state.has_news = false;
    }
    if (line_state.recorder_ended && !t->over)
        t->over = t->lost = true;
    tail_obey(t, &line_state.stop_order);
    tail_obey(t, &line_state.client_order);
    ReleaseSRWLockExclusive(&line_state.lock);
}

void line_stop(struct tail *t)
{
    (void)t;
    SetEvent(line_state.stop);
}

void line_order(const struct tail_message *m)
{
    AcquireSRWLockExclusive(&line_state.lock);
    *(m->what == TAIL_STOP ? &line_state.stop_order : &line_state.client_order) = *m;
    ReleaseSRWLockExclusive(&line_state.lock);
    SetEvent(line_state.something);
}

void line_recorder_ended(void)
{
    AcquireSRWLockExclusive(&line_state.lock);
    line_state.recorder_ended = true;
    ReleaseSRWLockExclusive(&line_state.lock);
    SetEvent(line_state.something);
}
