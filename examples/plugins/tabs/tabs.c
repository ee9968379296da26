/* Reports the first tab in the indentation of each line. */
#include <gsdb/check.h>

static void report(gsdb_emit emit, void* host, uint32_t line, uint32_t column) {
    const gsdb_finding finding = {
        .size = sizeof finding,
        .rule = "tabs/indentation",
        .message = "a tab indents this line",
        .line = line,
        .column = column,
        .end_line = line,
        .end_column = column + 1,
    };
    emit(host, &finding);
}

static void check(const gsdb_file* file, gsdb_emit emit, void* host) {
    uint32_t line = 1, column = 1;
    int is_indentation = 1;
    for (size_t i = 0; i < file->byte_count; ++i, ++column) {
        const char c = file->bytes[i];
        if (c == '\n') {
            ++line, column = 0, is_indentation = 1;
        } else if (c == '\t' && is_indentation) {
            report(emit, host, line, column);
            is_indentation = 0;
        } else if (c != ' ') {
            is_indentation = 0;
        }
    }
}

const gsdb_check* gsdb_check_plugin(void) {
    static const gsdb_check plugin = {.abi = GSDB_CHECK_ABI, .size = sizeof plugin, .check = check};
    return &plugin;
}
