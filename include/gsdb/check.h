/* What a check plug-in of gsdb is: a shared library that exports gsdb_check_plugin().
 *
 * It is loaded by a process of its own, with no environment and no descriptors but the way to its host, bounded memory
 * and a bounded time for each file; what it prints is dropped. Where it crashes, runs on or says what makes no sense,
 * the run goes on without it and says so. The folder of a plug-in, check.yaml and an example are described in
 * docs/guides/code.md. */
#ifndef GSDB_CHECK_H
#define GSDB_CHECK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a struct changes so that a library of before would misread it. */
#define GSDB_CHECK_ABI 1

/* What is given. Texts end with a NUL and live for the call; members are added at the end only: `size` is that of the
 * host's struct. */
typedef struct gsdb_file {
    uint32_t size;
    const char* path;     /* relative to the repository, UTF-8 */
    const char* language; /* as gsdb calls it: "python", "csharp" */
    const char* bytes;    /* UTF-8, as gsdb reads it; may hold NULs, and ends with one more */
    size_t byte_count;
} gsdb_file;

/* What is found. Lines and columns count from 1, columns in bytes; the end is the byte behind the last, on the same
 * line or a later one. */
typedef struct gsdb_finding {
    uint32_t size;       /* sizeof(gsdb_finding) */
    const char* rule;    /* an id of check.yaml */
    const char* message; /* UTF-8, at most 200 bytes are kept */
    uint32_t line, column, end_line, end_column;
} gsdb_finding;

/* Takes a finding; the texts may be freed after it. */
typedef void (*gsdb_emit)(void* host, const gsdb_finding* finding);

typedef struct gsdb_check {
    uint32_t abi;  /* GSDB_CHECK_ABI */
    uint32_t size; /* sizeof(gsdb_check) */
    /* Equal files must give equal findings: they are stored with the content. Never called by two threads. */
    void (*check)(const gsdb_file* file, gsdb_emit emit, void* host);
} gsdb_check;

/* The one symbol that a plug-in exports; what it returns stays valid. */
const gsdb_check* gsdb_check_plugin(void);

#ifdef __cplusplus
}
#endif
#endif
