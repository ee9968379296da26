#pragma once
// The checks that a change has to pass: the repository's own.

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/allowance.hpp"

namespace gsdb::engine {

/// Shell commands that run the tests of what is in a folder, by what it holds: a Makefile with a target check or test,
/// check.sh, package.json with a test script, Cargo.toml, go.mod, Python tests. Empty when nothing is known.
std::vector<std::string> find_checks(const std::filesystem::path& folder);

struct CheckResult {
    std::string command;
    bool has_passed = false;
    std::string how_it_ended;  ///< "status 1", "timed_out"
    std::string output;        ///< the last kilobytes of both streams
    std::chrono::milliseconds took{0};
};

/// Runs a shell command in a folder; status 0 passes. Throws a Failure when no shell can be started.
CheckResult run_check(const std::string& command, const std::filesystem::path& folder, const Allowance& allowance,
                      std::chrono::seconds time_max, std::stop_token stop);

}  // namespace gsdb::engine
