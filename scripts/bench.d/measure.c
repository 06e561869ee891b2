// Times commands from start to exit, interleaved, so that a busy moment of the machine hits all alike.
//
//   measure ROUNDS <CANDIDATES
//
// A candidate is a line of tab-separated fields: name, N (it runs in every Nth round), then the words of its command, the first
// an absolute path. Prints per candidate, tab-separated: name, runs, median and 90th percentile in nanoseconds, peak memory in
// bytes (the largest process of it, never below this one's own), runs that did not exit 0.

#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CANDIDATES = 64, WORDS = 64, LINE = 4096 };

extern char **environ;

struct candidate {
    char *name;
    long every;
    char *words[WORDS + 1];
    uint64_t *nanoseconds;
    long runs, failures, peak;
};

static int complaints = 2;

static void fail(const char *what) {
    dprintf(complaints, "measure: %s\n", what);
    exit(1);
}

static long count(const char *text, const char *what) {
    char *end;
    long value = text ? strtol(text, &end, 10) : 0;
    if (value < 1 || *end) fail(what);
    return value;
}

static int read_candidates(struct candidate *candidates, long rounds) {
    static char line[LINE];
    int length = 0;
    while (fgets(line, sizeof line, stdin)) {
        if (!strchr(line, '\n')) fail("a line is too long or has no end");
        if (length == CANDIDATES) fail("too many candidates");
        struct candidate *c = &candidates[length++];
        char *rest = strdup(line);
        rest[strcspn(rest, "\n")] = 0;
        c->name = strsep(&rest, "\t");
        c->every = count(strsep(&rest, "\t"), "the second field is no count of rounds");
        if (c->every > rounds) c->every = rounds;
        for (int i = 0; rest; i++) {
            if (i == WORDS) fail("a command has too many words");
            c->words[i] = strsep(&rest, "\t");
        }
        if (!c->words[0]) fail("a candidate has no command");
        c->nanoseconds = malloc((rounds / c->every + 1) * sizeof *c->nanoseconds);
        if (!c->nanoseconds) fail("out of memory");
    }
    return length;
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

static void run(struct candidate *c, int counted) {
    pid_t child;
    int status;
    struct rusage usage;
    uint64_t start = now();
    if (posix_spawn(&child, c->words[0], NULL, NULL, c->words, environ)) fail("a command cannot be started");
    if (wait4(child, &status, 0, &usage) != child) fail("a child is lost");
    uint64_t elapsed = now() - start;
    if (!counted) return;
    c->nanoseconds[c->runs++] = elapsed;
    if (status) c->failures++;
    if (usage.ru_maxrss > c->peak) c->peak = usage.ru_maxrss;
}

// Each round has an order of its own: what ran just before leaves its mark on caches and cores.
static void shuffle(int *order, int length) {
    static uint32_t state = 2463534242u;
    for (int i = length - 1; i > 0; i--) {
        state ^= state << 13, state ^= state >> 17, state ^= state << 5;
        int j = state % (i + 1), kept = order[i];
        order[i] = order[j], order[j] = kept;
    }
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void report(FILE *out, struct candidate *c) {
    qsort(c->nanoseconds, c->runs, sizeof *c->nanoseconds, ascending);
#ifdef __APPLE__
    long bytes = c->peak;
#else
    long bytes = c->peak * 1024;
#endif
    fprintf(out, "%s\t%ld\t%llu\t%llu\t%ld\t%ld\n", c->name, c->runs, (unsigned long long)c->nanoseconds[c->runs / 2],
            (unsigned long long)c->nanoseconds[c->runs * 9 / 10], bytes, c->failures);
}

int main(int argc, char **argv) {
    static struct candidate candidates[CANDIDATES];
    int order[CANDIDATES];
    long rounds = count(argc == 2 ? argv[1] : NULL, "usage: measure ROUNDS <CANDIDATES");
    int length = read_candidates(candidates, rounds);

    // The children inherit /dev/null, which costs them nothing; file actions of posix_spawn would open it anew each time.
    int results = dup(1), null = open("/dev/null", O_RDWR);
    complaints = dup(2);
    if (results < 0 || complaints < 0 || null < 0) fail("no file descriptors");
    fcntl(results, F_SETFD, FD_CLOEXEC);
    fcntl(complaints, F_SETFD, FD_CLOEXEC);
    fcntl(null, F_SETFD, FD_CLOEXEC);
    for (int standard = 0; standard < 3; standard++) dup2(null, standard);

    for (int i = 0; i < length; i++) {
        order[i] = i;
        run(&candidates[i], 0);
    }
    for (long round = 0; round < rounds; round++) {
        shuffle(order, length);
        for (int i = 0; i < length; i++)
            if ((round + order[i]) % candidates[order[i]].every == 0) run(&candidates[order[i]], 1);
    }

    FILE *out = fdopen(results, "w");
    for (int i = 0; i < length; i++)
        if (candidates[i].runs) report(out, &candidates[i]);
    return fclose(out) ? 1 : 0;
}
