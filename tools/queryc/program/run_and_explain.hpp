#pragma once
// How the programs of this folder end.

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string_view>

#include "base/error.hpp"

namespace gsdb::queryc {

inline int explain(std::string_view program, const Failure& failure) {
    fmt::print(stderr, "{}: {}\n", program, failure.what());
    if (!failure.error().hint.empty()) fmt::print(stderr, "  remedy: {}\n", failure.error().hint);
    return static_cast<int>(failure.error().exit_code);
}

/// What `run` returns; a Failure is explained on stderr and gives its own exit code.
inline int run_and_explain(std::string_view program, int (*run)(int, char**), int argc, char** argv) {
    try {
        try {
            return run(argc, argv);
        } catch (const Failure& failure) {
            return explain(program, failure);
        }
    } catch (const std::exception& error) {
        std::fputs(error.what(), stderr);
        return 1;
    }
}

}  // namespace gsdb::queryc
