#include "CLinux.h"

#if defined(__x86_64__)
#include <x86intrin.h>

/* The counter at the middle of the narrowest of several pairs of readings of the clock; sets *nanoseconds to the clock's reading. */
static uint64_t paired_reading(int64_t *nanoseconds) {
    uint64_t best = 0;
    int64_t narrowest = INT64_MAX;
    for (int i = 0; i < 16; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC_RAW, &a);
        uint64_t counter = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC_RAW, &b);
        int64_t from = (int64_t)a.tv_sec * 1000000000 + a.tv_nsec, to = (int64_t)b.tv_sec * 1000000000 + b.tv_nsec;
        if (to - from < narrowest) {
            narrowest = to - from;
            *nanoseconds = from + (to - from) / 2;
            best = counter;
        }
    }
    return best;
}

int64_t uptime_tsc_kilohertz(void) {
    int64_t from, to;
    uint64_t first = paired_reading(&from);
    struct timespec pause = {.tv_sec = 0, .tv_nsec = 100000000};
    nanosleep(&pause, NULL);
    uint64_t last = paired_reading(&to);
    return to > from && last > first ? (int64_t)((double)(last - first) * 1e6 / (double)(to - from)) : 0;
}
#else
int64_t uptime_tsc_kilohertz(void) { return 0; }
#endif
