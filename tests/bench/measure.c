/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure COMMAND...: runs it without its output and prints its wall time in nanoseconds, its peak
 * memory in KiB and its exit status. A small program, since a child's peak starts with what its
 * parent held when it was made: started from Python, every program would seem to need 15 MiB.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void become(char **command)
{
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;

    if (argc < 2) {
        fprintf(stderr, "usage: measure COMMAND...\n");
        return 2;
    }
    long long start = now_ns();
    pid_t child = fork();
    if (child == 0)
        become(argv + 1);
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("measure");
        return 3;
    }
    printf("%lld %ld %d\n", now_ns() - start, usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
