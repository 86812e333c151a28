/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows has no fork() and no filter of system calls: who records is a thread of this process, and
 * who parses is the one that called. What can be taken from the process is taken (privilege.h): its
 * privileges when all is open, and the starting of programs when the client was started.
 */
#include "capture/crew.h"

#include "base/arena.h"
#include "capture/line_windows.h"
#include "capture/privilege.h"
#include "capture/process.h"

#include <stdio.h>

enum { NO_SUCH_COMMAND = 9009 }; /* of cmd */

struct crew {
    const struct crew_work *work;
    HANDLE recorder, client;
    HANDLE waits[2]; /* for the client's end, and for Ctrl-C */
    struct tail tail;
};

static DWORD WINAPI recorder_main(void *ctx)
{
    const struct crew *c = ctx;
    SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_ABOVE_NORMAL); /* who parses gives way */
    recorder_run(c->work->recording, 0);
    line_recorder_ended();
    return 0;
}

/* The first news: all is open, or why not. */
static bool recorder_is_ready(struct crew *c, struct rdpath_error *error)
{
    const struct recorder_news *news = &c->tail.news;
    while (!news->begun && !c->tail.over)
        line_listen(&c->tail, TAIL_WAIT_MS);
    if (c->tail.over)
        snprintf(error->text, sizeof error->text, "%s",
                 c->tail.lost ? "expected the recording to begin, but its thread ended"
                              : news->text);
    return !c->tail.over;
}

static void CALLBACK on_client_end(void *ctx, BOOLEAN timed_out)
{
    const struct crew *c = ctx;
    DWORD status = 0;
    (void)timed_out;
    bool lost = GetExitCodeProcess(c->client, &status) && status == NO_SUCH_COMMAND;
    if (lost)
        fprintf(stderr, "rdpath: --run: expected a command that can be started, got \"%s\"\n",
                c->work->run);
    line_order(&(struct tail_message){TAIL_CLIENT_LEFT, {.started = !lost, .status = status}});
}

static void CALLBACK on_stop(void *ctx, BOOLEAN timed_out)
{
    (void)ctx, (void)timed_out;
    line_order(&(struct tail_message){.what = TAIL_STOP});
}

static void client_start(struct crew *c)
{
    struct rdpath_error error;
    RegisterWaitForSingleObject(&c->waits[0], process_stop_event(), on_stop, c, INFINITE,
                                WT_EXECUTEONLYONCE);
    if (!c->work->run)
        return;
    c->client = process_start(NULL, c->work->run, &error);
    if (c->client) {
        RegisterWaitForSingleObject(&c->waits[1], c->client, on_client_end, c, INFINITE,
                                    WT_EXECUTEONLYONCE);
        return;
    }
    fprintf(stderr, "rdpath: --run: %s\n", error.text);
    line_order(&(struct tail_message){.what = TAIL_CLIENT_LEFT});
}

/* A session may be up in it: it is never ended here. */
static void client_leave(const struct crew *c)
{
    if (c->client && WaitForSingleObject(c->client, 0) == WAIT_TIMEOUT && !c->work->quiet)
        fprintf(stderr, "rdpath: the client still runs (process %lu)\n", GetProcessId(c->client));
}

static void crew_end(struct crew *c)
{
    line_stop(&c->tail);
    WaitForSingleObject(c->recorder, INFINITE);
    CloseHandle(c->recorder);
    for (int i = 0; i < 2; i++)
        if (c->waits[i])
            UnregisterWaitEx(c->waits[i], INVALID_HANDLE_VALUE);
    client_leave(c);
    if (c->client)
        CloseHandle(c->client);
    tail_close(&c->tail);
    memory_release(c);
}

int crew_run(const struct crew_work *work, struct rdpath_error *error)
{
    int status = CREW_LOST;
    struct crew *c = memory_zeroed(sizeof *c);
    c->work = work;
    work->prepare(work->ctx);
    line_begin();
    c->recorder = CreateThread(NULL, 0, recorder_main, c, 0, NULL);
    if (!c->recorder) {
        snprintf(error->text, sizeof error->text, "expected a thread to record, found none");
        memory_release(c);
        return status;
    }
    if (recorder_is_ready(c, error) && !tail_open(&c->tail, &work->recording->sink)) {
        snprintf(error->text, sizeof error->text,
                 "expected to read the file that is recorded, but it cannot be opened");
    } else if (!c->tail.over) {
        client_start(c);
        if (privilege_confine(error))
            status = work->parse(work->ctx, &c->tail);
    }
    crew_end(c);
    return status;
}
