/* A check for each way to go wrong. They go wrong at files whose text has the word FAULT. */
#include <gsdb/check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void go_wrong(gsdb_emit emit, void* host) {
#if defined(CRASHING)
    *(volatile int*)8 = 1;
    (void)emit, (void)host;
#elif defined(LOOPING)
    for (volatile unsigned i = 0;; ++i) {
    }
    (void)emit, (void)host;
#elif defined(NONSENSE)
    const gsdb_finding nowhere = {sizeof nowhere, "nonsense/rule", "beyond the end", 1000000, 1, 1000000, 2};
    emit(host, &nowhere);
#elif defined(MAD)
    /* Writes over the answer that is about to be sent. */
    for (int i = 0; i < 100; ++i)
        if (write(0, "\xff\xff\xff\x7f garbage", 12) < 0) break;
    (void)emit, (void)host;
#endif
}

static void check(const gsdb_file* file, gsdb_emit emit, void* host) {
    printf("what a plug-in prints is dropped\n");
    if (strstr(file->bytes, "FAULT") != NULL) go_wrong(emit, host);
}

const gsdb_check* gsdb_check_plugin(void) {
    static const gsdb_check plugin = {GSDB_CHECK_ABI, sizeof plugin, check};
    return &plugin;
}
