#pragma once
// Programs that give or take a stream of bytes: pg_dump, pg_restore.

#include <chrono>
#include <functional>
#include <span>
#include <stop_token>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "cluster/child_process.hpp"

namespace gsdb::cluster {

struct PipeLimits {
    std::stop_token cancel{};
    /// How long the program may neither give, take nor end.
    std::chrono::seconds silence_max{3600};
};

/// Takes the next bytes. May throw: the program is killed and the exception goes on.
using ByteSink = std::function<void(ByteView)>;
/// Gives the next bytes, at most as many as there is room for; 0 at the end. May throw, likewise.
using ByteSource = std::function<std::size_t(std::span<std::uint8_t>)>;

/// Runs the command to its end and hands `sink` what it writes on stdout. `Finished::output` is its stderr. Errors:
/// process.not_started, process.cancelled, process.silent.
Result<Finished> run_into(Command command, const ByteSink& sink, const PipeLimits& limits = {});

/// Runs the command to its end with what `source` gives as its stdin. `Finished::output` is its stdout and stderr. A
/// program that ends before it has read everything is no error here: its exit status tells.
Result<Finished> run_from(Command command, const ByteSource& source, const PipeLimits& limits = {});

}  // namespace gsdb::cluster
