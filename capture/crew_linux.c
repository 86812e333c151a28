/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/crew.h"

#include "base/arena.h"
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
    sigset_t signals, before;
    struct tail tail;
};

static int lost(struct rdpath_error *error, const char *expected, const char *found)
{
    snprintf(error->text, sizeof error->text, "expected %s, but: %s", expected, found);
    return CREW_LOST;
}

/* ---- the three that are started -------------------------------------------------------------- */

/* The keyboard's signals come to this process alone: in the others they are blocked. */
static void signals_take(struct crew *c)
{
    sigemptyset(&c->signals);
    for (int i = 0; i < 4; i++)
        sigaddset(&c->signals, (const int[]){SIGINT, SIGTERM, SIGHUP, SIGCHLD}[i]);
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
    if (!privilege_drop(&error) || !privilege_confine(PRIVILEGE_PARSE, &error)) {
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

/* With sudo the client is the user's own, not root's: it needs the user's desktop and settings. */
static void client_become_user(void)
{
    const char *id = getenv("SUDO_UID");
    const struct passwd *user = geteuid() == 0 && id ? getpwuid((uid_t)atol(id)) : NULL;
    if (!user || user->pw_uid == 0)
        return;
    if (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        _exit(126);
    setenv("HOME", user->pw_dir, 1);
    setenv("USER", user->pw_name, 1);
    setenv("LOGNAME", user->pw_name, 1);
}

static void client_start(struct crew *c)
{
    if (!c->work->run)
        return;
    c->client = fork();
    if (c->client != 0)
        return;
    struct rdpath_error error;
    client_become_user();
    if (!privilege_drop(&error))
        _exit(126);
    sigprocmask(SIG_SETMASK, &c->before, NULL);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* standard output carries the answer alone */
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execl("/bin/sh", "sh", "-c", c->work->run, (char *)NULL);
    _exit(127);
}

/* ---- this process ---------------------------------------------------------------------------- */

static bool crew_connect(struct crew *c)
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, c->news) == 0 &&
           socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->reins) == 0;
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

static void order(const struct crew *c, enum tail_order what)
{
    char byte = (char)what;
    (void)!send(c->reins[NEAR], &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void client_ended(const struct crew *c, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) >= 126)
        fprintf(stderr, "rdpath: --run: expected a command that can be started, got \"%s\"\n",
                c->work->run);
    order(c, TAIL_CLIENT_LEFT);
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

static int crew_wait(struct crew *c)
{
    int status = CREW_LOST;
    while (!children_look(c, &status)) {
        int signal = sigwaitinfo(&c->signals, NULL);
        if (signal > 0 && signal != SIGCHLD)
            order(c, TAIL_STOP);
    }
    if (c->recorder)
        waitpid(c->recorder, NULL, 0); /* the parser's end is closed: it ends */
    return status;
}

int crew_run(const struct crew_work *work, struct rdpath_error *error)
{
    struct crew *c = memory_zeroed(sizeof *c);
    c->work = work;
    int status = CREW_LOST;
    fflush(NULL);
    if (!privilege_prepare(error) || !crew_connect(c)) {
        free(c);
        return status;
    }
    signals_take(c);
    recorder_start(c);
    if (recorder_is_ready(c, error)) {
        parser_start(c);
        close(c->news[NEAR]);
        client_start(c);
        if (privilege_drop(error))
            status = crew_wait(c);
        if (status == CREW_LOST)
            lost(error, "the analysis to end by itself; the recording is whole", "it was ended");
    }
    tail_close(&c->tail);
    sigprocmask(SIG_SETMASK, &c->before, NULL);
    free(c);
    return status;
}
