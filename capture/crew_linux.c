/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/crew.h"

#include "base/arena.h"
#include "base/clock.h"
#include "capture/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEAR, FAR };

enum { GIVES_WAY = 10 }; /* steps of nice(): a tenth of the processor where both want it */

struct crew {
    const struct crew_work *work;
    int news[2];  /* NEAR: the parser's end */
    int reins[2]; /* NEAR: the end of this process */
    pid_t recorder, parser, client;
    int64_t stopped_ns; /* when the user wanted the end; 0: not yet */
    sigset_t signals, before;
    struct tail tail;
};

static int lost(struct rdpath_error *error, const char *expected, const char *found)
{
    snprintf(error->text, sizeof error->text, "expected %s, but: %s", expected, found);
    return CREW_LOST;
}

/* ---- the three that are started -------------------------------------------------------------- */

static bool is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* The keyboard's signals come to this process alone: in the others they are blocked. What was to be
   ignored (nohup) is. A reader that has gone is an error of writing, and no end. */
static void signals_take(struct crew *c)
{
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&c->signals);
    for (int i = 0; i < 4; i++) {
        int number = (const int[]){SIGINT, SIGTERM, SIGHUP, SIGCHLD}[i];
        if (!is_ignored(number))
            sigaddset(&c->signals, number);
    }
    sigprocmask(SIG_BLOCK, &c->signals, &c->before);
}

static void recorder_start(struct crew *c)
{
    c->recorder = fork();
    if (c->recorder != 0)
        return;
    close(c->news[NEAR]);
    close(c->reins[NEAR]);
    close(c->reins[FAR]);
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files shall be an error like a full disk */
    recorder_run(c->work->recording, c->news[FAR]);
    _exit(0);
}

static int parser_main(struct crew *c)
{
    struct rdpath_error error;
    c->work->prepare(c->work->ctx);
    if (!privilege_drop(&error) || !privilege_confine(&error)) {
        fprintf(stderr, "rdpath: %s\n", error.text);
        return CREW_LOST;
    }
    return c->work->parse(c->work->ctx, &c->tail);
}

static void parser_start(struct crew *c)
{
    c->parser = fork();
    if (c->parser != 0)
        return;
    close(c->reins[NEAR]);
    c->tail.news_fd = c->news[NEAR];
    c->tail.reins_fd = c->reins[FAR];
    (void)!nice(GIVES_WAY); /* what is read late is whole; what is recorded late is lost */
    int status = parser_main(c);
    fflush(NULL);
    _exit(status);
}

static void order(const struct crew *c, struct tail_message m)
{
    (void)!send(c->reins[NEAR], &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void order_client_left(struct crew *c, struct client_end end)
{
    c->client = 0;
    order(c, (struct tail_message){TAIL_CLIENT_LEFT, end});
}

/* With sudo the client is the user's own, not root's: it needs the user's desktop and settings. */
static void client_become_user(void)
{
    const char *id = getenv("SUDO_UID");
    const struct passwd *user = id ? getpwuid((uid_t)atol(id)) : NULL;
    if (!user || user->pw_uid == 0)
        return;
    if (geteuid() == 0 && (initgroups(user->pw_name, user->pw_gid) != 0 ||
                           setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
    setenv("HOME", user->pw_dir, 1);
    setenv("USER", user->pw_name, 1);
    setenv("LOGNAME", user->pw_name, 1);
}

static void client_lost(const struct crew *c, const char *why)
{
    fprintf(stderr, "rdpath: --run: expected a command that can be started, got \"%s\"%s\n",
            c->work->run, why);
}

static void client_start(struct crew *c)
{
    if (!c->work->run)
        return;
    c->client = fork();
    if (c->client < 0) {
        client_lost(c, ", but no process for it");
        order_client_left(c, (struct client_end){0});
        return;
    }
    if (c->client != 0)
        return;
    struct rdpath_error error;
    client_become_user();
    if (!privilege_drop(&error))
        _exit(126);
    sigprocmask(SIG_SETMASK, &c->before, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* standard output carries the answer alone */
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execl("/bin/sh", "sh", "-c", c->work->run, (char *)NULL);
    _exit(127);
}

/* ---- this process ---------------------------------------------------------------------------- */

static bool crew_connect(struct crew *c, struct rdpath_error *error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, c->news) == 0 &&
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, c->reins) == 0)
        return true;
    lost(error, "sockets between the processes", strerror(errno));
    return false;
}

/* The first news: all is open, or why not. */
static bool recorder_is_ready(struct crew *c, struct rdpath_error *error)
{
    close(c->news[FAR]);
    ssize_t got = recv(c->news[NEAR], &c->tail.news, sizeof c->tail.news, 0);
    if (got != sizeof c->tail.news)
        lost(error, "the recording to begin", "its process ended");
    else if (c->tail.news.state != RECORDER_RECORDING)
        snprintf(error->text, sizeof error->text, "%s", c->tail.news.text);
    else if (tail_open(&c->tail, &c->work->recording->sink))
        return true;
    else
        lost(error, "to read the file that is recorded", strerror(errno));
    return false;
}

static void client_ended(struct crew *c, int how)
{
    enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127 }; /* of sh; what is above is the command's own */
    struct client_end end = {
        .signal = WIFSIGNALED(how) ? WTERMSIG(how) : 0,
        .status = WIFEXITED(how) ? (uint32_t)WEXITSTATUS(how) : 0,
    };
    end.started = end.status != NOT_EXECUTABLE && end.status != NOT_FOUND;
    if (!end.started)
        client_lost(c, "");
    order_client_left(c, end);
}

/* True: the parser has ended, with that status. */
static bool children_look(struct crew *c, int *status)
{
    int how;
    for (pid_t pid; (pid = waitpid(-1, &how, WNOHANG)) > 0;) {
        if (pid == c->client)
            client_ended(c, how);
        if (pid == c->recorder)
            c->recorder = 0;
        if (pid == c->parser) {
            *status = WIFEXITED(how) ? WEXITSTATUS(how) : CREW_LOST;
            return true;
        }
    }
    return false;
}

/* Who asks once more, after a while, wants no answer any more. */
static void stop(struct crew *c, int number)
{
    enum { AGAIN_NS = 2000000000 }; /* one signal may come twice, from the keyboard and a parent */
    int64_t now = clock_steady_ns();
    if (c->stopped_ns && number != SIGHUP && now - c->stopped_ns > AGAIN_NS)
        kill(c->parser, SIGKILL);
    if (!c->stopped_ns)
        c->stopped_ns = now;
    order(c, (struct tail_message){.what = TAIL_STOP});
}

/* A session may be up in it: it is never ended here. */
static void client_leave(const struct crew *c)
{
    if (c->client && waitpid(c->client, NULL, WNOHANG) == 0 && !c->work->quiet)
        fprintf(stderr, "rdpath: the client still runs (process %d)\n", (int)c->client);
}

static void recorder_wait(const struct crew *c)
{
    if (c->recorder)
        waitpid(c->recorder, NULL, 0); /* the parser's end is closed: it ends */
}

static int crew_wait(struct crew *c, struct rdpath_error *error)
{
    int status = CREW_LOST;
    while (!children_look(c, &status)) {
        int number = sigwaitinfo(&c->signals, NULL);
        if (number > 0 && number != SIGCHLD)
            stop(c, number);
    }
    recorder_wait(c);
    client_leave(c);
    if (status != CREW_LOST)
        return status;
    lost(error, "the analysis to end by itself; the recording is whole", "it was ended");
    return CREW_CUT;
}

static int crew_follow(struct crew *c, struct rdpath_error *error)
{
    parser_start(c);
    int reason = errno;
    close(c->news[NEAR]);
    if (c->parser < 0) {
        recorder_wait(c);
        return lost(error, "a process to read what is recorded", strerror(reason));
    }
    client_start(c);
    return privilege_drop(error) ? crew_wait(c, error) : CREW_LOST;
}

int crew_run(const struct crew_work *work, struct rdpath_error *error)
{
    struct crew *c = memory_zeroed(sizeof *c);
    c->work = work;
    int status = CREW_LOST;
    fflush(NULL);
    if (!privilege_prepare(error) || !crew_connect(c, error)) {
        free(c);
        return status;
    }
    signals_take(c);
    recorder_start(c);
    if (recorder_is_ready(c, error))
        status = crew_follow(c, error);
    tail_close(&c->tail);
    sigprocmask(SIG_SETMASK, &c->before, NULL);
    free(c);
    return status;
}
