// How long it takes from nothing to a server that accepts connections: the embedded cluster against initdb and a server
// started by hand with the same durability, in turns on the same file system.
//
// usage: bench_cold_start [FOLDER]     FOLDER decides the file system; default: memory, which makes the ratio steady

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "by_hand.hpp"
#include "cluster/test_cluster.hpp"

namespace {

namespace fs = std::filesystem;
using namespace gsdb;
using namespace gsdb::cluster;
using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;

double embedded(const fs::path& folder) {
    const auto began = Clock::now();
    auto server = value_or_throw(EmbeddedCluster::start({.home = Home(folder / "home")}));
    const Seconds took = Clock::now() - began;
    server->stop(StopMode::fast);
    return took.count();
}

double by_hand(const fs::path& folder, const ServerBinaries& binaries, const ServerUser& user) {
    const auto began = Clock::now();
    const bench::ServerByHand server(folder, binaries, user);
    const Seconds took = Clock::now() - began;
    return took.count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
    constexpr int rounds = 9;
    const TestFolder memory("bench");
    const auto base = count > 1 ? fs::absolute(arguments[1]) / fmt::format("gsdb-bench-{}", getpid()) : memory.path();
    const auto user = ServerUser::choose(base);
    const auto binaries =
        value_or_throw(find_server_binaries("", {}, [](const char* name) -> const char* { return std::getenv(name); }));

    std::vector<double> ratios;
    std::vector<double> ours;
    std::vector<double> theirs;
    for (int round = 0; round <= rounds; ++round) {
        const auto folder = base / std::to_string(round);
        fs::create_directories(folder / "by_hand");
        const auto embedded_seconds = embedded(folder);
        const auto by_hand_seconds = by_hand(folder / "by_hand", binaries, user);
        fs::remove_all(folder);
        if (round == 0) continue;  // reads the programs from the disk
        ours.push_back(embedded_seconds);
        theirs.push_back(by_hand_seconds);
        ratios.push_back(embedded_seconds / by_hand_seconds);
    }
    if (count > 1) fs::remove_all(base);
    fmt::print("PostgreSQL {}: embedded {:.0f} ms, by hand {:.0f} ms (medians of {})\n", binaries.version,
               median(ours) * 1000, median(theirs) * 1000, rounds);
    fmt::print("RATIO cold_start_cluster {:.2f} {:.2f} {:.2f} goal<=1.2\n", median(ratios),
               *std::ranges::min_element(ratios), *std::ranges::max_element(ratios));
}
