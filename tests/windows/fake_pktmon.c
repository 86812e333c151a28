/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for pktmon where there is none: writes down how it was called, and "converts" to the
   capture that FAKE_CAPTURE names. FAKE_FAILS: the word at which it fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    int c;
    while (in && out && (c = fgetc(in)) != EOF)
        fputc(c, out);
    if (out)
        fclose(out);
}

int main(int argc, char **argv)
{
    const char *log_name = getenv("FAKE_LOG"), *fails = getenv("FAKE_FAILS");
    FILE *log = log_name ? fopen(log_name, "a") : NULL;
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (log)
            fprintf(log, "%s%s", i > 1 ? "|" : "", argv[i]);
        status |= fails && strcmp(argv[i], fails) == 0;
    }
    if (log)
        fputs("\n", log);
    if (argc > 4 && strcmp(argv[1], "etl2pcap") == 0)
        copy(getenv("FAKE_CAPTURE"), argv[4]);
    return status;
}
