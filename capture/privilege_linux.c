/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/privilege.h"

#include "base/library.h"
#include "base/text.h"

#include <cap-ng.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    void *library;
    __typeof__(capng_have_capability) *have_capability;
    __typeof__(capng_clear) *clear;
    __typeof__(capng_apply) *apply;
    __typeof__(capng_update) *update;
    __typeof__(capng_change_id) *change_id;
} capng;

static struct {
    void *library;
    __typeof__(seccomp_init) *init;
    __typeof__(seccomp_syscall_resolve_name) *resolve_name;
    __typeof__(seccomp_rule_add_array) *rule_add;
    __typeof__(seccomp_load) *load;
    __typeof__(seccomp_release) *release;
} seccomp;

static bool capng_load(void)
{
    if (!capng.library)
        capng.library = library_open("libcap-ng.so.0");
    return capng.library &&
           library_find(capng.library, "capng_have_capability", &capng.have_capability) &&
           library_find(capng.library, "capng_clear", &capng.clear) &&
           library_find(capng.library, "capng_apply", &capng.apply) &&
           library_find(capng.library, "capng_update", &capng.update) &&
           library_find(capng.library, "capng_change_id", &capng.change_id);
}

static bool seccomp_find(void)
{
    if (!seccomp.library)
        seccomp.library = library_open("libseccomp.so.2");
    void *l = seccomp.library;
    return l && library_find(l, "seccomp_init", &seccomp.init) &&
           library_find(l, "seccomp_syscall_resolve_name", &seccomp.resolve_name) &&
           library_find(l, "seccomp_rule_add_array", &seccomp.rule_add) &&
           library_find(l, "seccomp_load", &seccomp.load) &&
           library_find(l, "seccomp_release", &seccomp.release);
}

static bool refuse(struct rdpath_error *error, const char *expected, const char *found)
{
    snprintf(error->text, sizeof error->text, "expected %s, found %s", expected, found);
    return false;
}

bool privilege_prepare(struct rdpath_error *error)
{
    if (!capng_load())
        return refuse(error, "libcap-ng, which gives up the rights of this program",
                      "none; install it (Debian: apt-get install libcap-ng0)");
    if (!seccomp_find())
        return refuse(error, "libseccomp, which confines what reads packets",
                      "none; install it (Debian: apt-get install libseccomp2)");
    return true;
}

bool privilege_is_held(void)
{
    if (!capng_load())
        return geteuid() == 0;
    return capng.have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
}

void privilege_explain(struct rdpath_error *error)
{
    char path[256];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    struct text word = {0};
    text_add_shell_word(&word, len > 0 ? path : "rdpath");
    snprintf(error->text, sizeof error->text,
             "expected the right to record packets (CAP_NET_RAW), found none; run it once with "
             "sudo, or give this program the right for good: sudo setcap cap_net_raw=ep %s",
             text_string(&word));
    text_free(&word);
}

/* ---- the user behind sudo -------------------------------------------------------------------- */

/* Where it is there already, and else its folder. */
static bool may_write(const char *file)
{
    char folder[PATH_MAX];
    if (euidaccess(file, F_OK) == 0)
        return euidaccess(file, W_OK) == 0;
    snprintf(folder, sizeof folder, "%s", file);
    return euidaccess(dirname(folder), W_OK | X_OK) == 0;
}

static bool may_write_all(const struct passwd *user, const char *const *files, size_t n)
{
    gid_t group = getegid();
    bool may = setegid(user->pw_gid) == 0 && seteuid(user->pw_uid) == 0;
    for (size_t i = 0; i < n; i++)
        may = may && (!files[i] || may_write(files[i]));
    return seteuid(0) == 0 && setegid(group) == 0 && may;
}

bool privilege_return_to_user(const char *const *files, size_t n, struct rdpath_error *error)
{
    const char *id = getenv("SUDO_UID");
    const struct passwd *user = geteuid() == 0 && id ? getpwuid((uid_t)atol(id)) : NULL;
    if (!user || user->pw_uid == 0 || !may_write_all(user, files, n))
        return true;
    if (!privilege_prepare(error))
        return false;
    capng.clear(CAPNG_SELECT_BOTH);
    capng.update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
    const capng_flags_t how = CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING;
    if (capng.change_id((int)user->pw_uid, (int)user->pw_gid, how) == 0)
        return true;
    return refuse(error, "to become the user who called sudo", strerror(errno));
}

bool privilege_drop(struct rdpath_error *error)
{
    if (!privilege_prepare(error))
        return false;
    capng.clear(CAPNG_SELECT_ALL);
    /* The bounding set can be given up only by who may; without it no_new_privs does the rest. */
    int dropped = capng.apply(CAPNG_SELECT_ALL);
    if (dropped != 0) {
        capng.clear(CAPNG_SELECT_CAPS);
        dropped = capng.apply(CAPNG_SELECT_CAPS);
    }
    if (dropped != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refuse(error, "to give up the rights of this program", strerror(errno));
    return true;
}

/* ---- what a confined process may do ---------------------------------------------------------- */

/* Names that this machine's kernel does not have are left out. */
static const char *const calls_of_all[] = {
    "read",
    "readv",
    "pread64",
    "write",
    "writev",
    "close",
    "lseek",
    "_llseek",
    "fstat",
    "fstat64",
    "newfstatat",
    "statx",
    "munmap",
    "mremap",
    "brk",
    "madvise",
    "futex",
    "poll",
    "ppoll",
    "clock_gettime",
    "clock_gettime64",
    "clock_nanosleep",
    "gettimeofday",
    "nanosleep",
    "getrandom",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "sigreturn",
    "restart_syscall",
    "exit",
    "exit_group",
    "getpid",
    "gettid",
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "sched_yield",
    "time",
    "rseq",
    "set_robust_list",
    "membarrier",
    "sysinfo",
};

static const char *const calls_to_connect[] = {
    "connect", "bind", "listen", "setsockopt", "getsockopt", "getsockname",
};

static const char *const calls_to_name[] = {
    "link", "linkat", "unlink", "unlinkat", "rename", "renameat", "renameat2",
};

/* Libraries try, and do without. */
static const char *const calls_to_open[] = {"open",       "openat", "openat2",   "readlink",
                                            "readlinkat", "access", "faccessat", "faccessat2"};

#define N_OF(array) (sizeof(array) / sizeof *(array))

static bool rule_each(scmp_filter_ctx filter, uint32_t what, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int number = seccomp.resolve_name(names[i]);
        if (number != __NR_SCMP_ERROR && seccomp.rule_add(filter, what, number, 0, NULL) != 0)
            return false;
    }
    return true;
}

static bool rule_when(scmp_filter_ctx filter, uint32_t what, const char *name,
                      struct scmp_arg_cmp condition)
{
    int number = seccomp.resolve_name(name);
    return number == __NR_SCMP_ERROR || seccomp.rule_add(filter, what, number, 1, &condition) == 0;
}

static bool allow_when(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition)
{
    return rule_when(filter, SCMP_ACT_ALLOW, name, condition);
}

/* Memory, but none that could be run; is the standard output a terminal? And to end itself. */
static bool allow_some(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp not_run = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
    const struct scmp_arg_cmp terminal = {1, SCMP_CMP_EQ, TCGETS, 0};
    const struct scmp_arg_cmp itself = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};
    return allow_when(filter, "mmap", not_run) && allow_when(filter, "mmap2", not_run) &&
           allow_when(filter, "mprotect", not_run) && allow_when(filter, "ioctl", terminal) &&
           allow_when(filter, "tgkill", itself);
}

/* What every confined process may; NULL: not to be had. */
static scmp_filter_ctx new_filter(void)
{
    scmp_filter_ctx filter = seccomp.init(SCMP_ACT_KILL_PROCESS);
    if (!filter ||
        (rule_each(filter, SCMP_ACT_ALLOW, calls_of_all, N_OF(calls_of_all)) && allow_some(filter)))
        return filter;
    seccomp.release(filter);
    return NULL;
}

static bool load(scmp_filter_ctx filter, bool complete, struct rdpath_error *error)
{
    bool loaded = filter && complete && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                  seccomp.load(filter) == 0;
    if (filter)
        seccomp.release(filter);
    return loaded || refuse(error, "to confine what reads packets (seccomp)", strerror(errno));
}

bool privilege_confine(struct rdpath_error *error)
{
    return privilege_prepare(error) && load(new_filter(), true, error);
}

/* Sockets of IP; of others, libpcap's when an interface has gone, none is given. */
static bool allow_sockets(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp four = {0, SCMP_CMP_EQ, AF_INET, 0};
    const struct scmp_arg_cmp six = {0, SCMP_CMP_EQ, AF_INET6, 0};
    const struct scmp_arg_cmp local = {0, SCMP_CMP_EQ, AF_UNIX, 0};
    const struct scmp_arg_cmp no_terminal = {1, SCMP_CMP_NE, TCGETS, 0};
    const uint32_t refused = SCMP_ACT_ERRNO(EACCES);
    return rule_each(filter, SCMP_ACT_ALLOW, calls_to_connect, N_OF(calls_to_connect)) &&
           allow_when(filter, "socket", four) && allow_when(filter, "socket", six) &&
           rule_when(filter, refused, "socket", local) &&
           rule_when(filter, refused, "ioctl", no_terminal) &&
           rule_each(filter, refused, calls_to_open, N_OF(calls_to_open));
}

bool privilege_confine_probe(bool names_files, struct rdpath_error *error)
{
    if (!privilege_prepare(error))
        return false;
    scmp_filter_ctx filter = new_filter();
    bool complete = filter && allow_sockets(filter);
    if (names_files)
        complete =
            complete && rule_each(filter, SCMP_ACT_ALLOW, calls_to_name, N_OF(calls_to_name));
    return load(filter, complete, error);
}
