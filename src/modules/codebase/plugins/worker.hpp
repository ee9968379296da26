#pragma once
// The other side: the process that loads one library and answers questions about files until its host is gone.

#include <cstdint>
#include <string_view>

namespace gsdb::codebase::plugins {

/// The hidden command of the program: `gsdb plugin-worker FOLDER MEMORY_BYTES`, with its host on descriptor 0.
constexpr std::string_view worker_command = "plugin-worker";

enum class Question : std::uint8_t { load, extract, check };

/// The first byte of an answer; a fault at loading is followed by what it is.
constexpr char answer_ok = 'k', answer_fault = 'f';

/// Runs until the host closes its end; the exit code of the process.
int run_worker(std::string_view folder, std::string_view memory_bytes);

}  // namespace gsdb::codebase::plugins
