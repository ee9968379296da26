// A full index of a repository, end to end into PostgreSQL, against parsing the same files with tree-sitter and nothing
// else on as many threads; then the index after changing one file; and the memory it took.
//
//     bench_index_run [--rounds N] [REPOSITORY]
//
// Without a repository it makes one of code that every machine that builds this has. Each round has a new home and
// measures its limit right after, so that what else the machine does hits both.

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <tree_sitter/api.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cluster/test_cluster.hpp"
#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/extract/languages.hpp"

using namespace gsdb::codebase::extract;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::uintmax_t file_bytes_max = 1U << 20U;

struct Source {
    std::string path, text;
    Language language;
};

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Ended {
    int status;
    double seconds;
    std::int64_t memory_bytes;
    std::string output;
};

Ended run(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    int ends[2];
    if (pipe(ends) != 0) std::exit(1);
    auto start = now();
    auto child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    Ended ended{};
    char buffer[65536];
    for (ssize_t count; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        ended.output.append(buffer, static_cast<std::size_t>(count));
    close(ends[0]);
    rusage usage{};
    wait4(child, &ended.status, 0, &usage);
    ended.seconds = now() - start;
    ended.memory_bytes = usage.ru_maxrss * 1024;
    return ended;
}

Ended must_run(const std::vector<std::string>& words) {
    auto ended = run(words);
    if (ended.status != 0) {
        fmt::print(stderr, "failed: {}\n{}\n", fmt::join(words, " "), ended.output);
        std::exit(1);
    }
    return ended;
}

/// Copies files of these endings, in the order of their paths, until there are `bytes_max`.
void copy_code(const fs::path& from, const fs::path& to, const std::vector<std::string>& endings,
               std::uintmax_t bytes_max) {
    std::vector<fs::path> paths;
    std::error_code ignored;
    for (auto entry = fs::recursive_directory_iterator(from, fs::directory_options::skip_permission_denied, ignored);
         entry != fs::recursive_directory_iterator(); entry.increment(ignored))
        if (entry->is_regular_file(ignored) && entry->file_size(ignored) <= file_bytes_max &&
            std::ranges::find(endings, entry->path().extension().string()) != endings.end())
            paths.push_back(entry->path());
    std::ranges::sort(paths);
    std::uintmax_t bytes = 0;
    for (const auto& path : paths) {
        auto target = to / path.lexically_relative(from);
        fs::create_directories(target.parent_path());
        fs::copy_file(path, target, ignored);
        bytes += fs::file_size(target, ignored);
        if (bytes >= bytes_max) break;
    }
}

fs::path make_repository(const fs::path& folder) {
    copy_code("/usr/lib/python3.11", folder / "python", {".py"}, 12U << 20U);
    copy_code("/usr/include/boost", folder / "cpp", {".hpp", ".h", ".ipp"}, 12U << 20U);
    // Not under its own name: what is below node_modules is somebody else's and skipped.
    copy_code("node_modules", folder / "javascript", {".ts", ".js", ".mjs"}, 6U << 20U);
    auto git = [&](std::vector<std::string> words) {
        std::vector<std::string> all{
            "git", "-C", folder.string(), "-c", "user.name=bench", "-c", "user.email=bench@example.org"};
        all.insert(all.end(), words.begin(), words.end());
        must_run(all);
    };
    git({"init", "-q"});
    git({"add", "-A"});
    git({"commit", "-q", "-m", "corpus"});
    return folder;
}

/// The files that the index analysed, as it says itself, so that the limit does the same work.
std::vector<Source> sources_of(const fs::path& repository, const std::string& home) {
    auto rows = must_run({GSDB_PROGRAM, "--home", home, "sql", "--json", "select path, language from file_analysis"});
    std::vector<Source> sources;
    for (const auto& row : json::parse(rows.output).at("rows").as_array()) {
        std::string path(row.at("path").as_string());
        auto language = language_from_label(row.at("language").as_string());
        if (is_parsed(language)) sources.push_back({path, read(repository / path), language});
    }
    std::ranges::sort(sources, [](const auto& a, const auto& b) { return a.text.size() > b.text.size(); });
    return sources;
}

double parse_all(const std::vector<Source>& sources, unsigned threads) {
    std::atomic<std::size_t> next = 0;
    auto start = now();
    {
        std::vector<std::jthread> pool;
        for (unsigned i = 0; i < threads; ++i)
            pool.emplace_back([&] {
                std::unique_ptr<TSParser, decltype(&ts_parser_delete)> parser(ts_parser_new(), ts_parser_delete);
                for (auto at = next++; at < sources.size(); at = next++) {
                    ts_parser_set_language(parser.get(), grammar_of(sources[at].language));
                    ts_tree_delete(ts_parser_parse_string(parser.get(), nullptr, sources[at].text.data(),
                                                          static_cast<std::uint32_t>(sources[at].text.size())));
                }
            });
    }
    return now() - start;
}

void print_ratio(std::string_view name, std::vector<double> values, std::string_view goal) {
    std::ranges::sort(values);
    fmt::print("RATIO {} {:.3f} {:.3f} {:.3f} {}\n", name, values[values.size() / 2], values.front(), values.back(),
               goal);
}

struct Measurements {
    std::vector<double> speed, reindex, reindex_seconds, memory;
};

void measure(const fs::path& repository, const fs::path& changed, int round, Measurements& found) {
    gsdb::cluster::TestFolder folder("bench-index");
    auto home = (folder.path() / "home").string();
    must_run({GSDB_PROGRAM, "--home", home, "--json", "up", "--detach", "--port", "0"});
    auto full = must_run({GSDB_PROGRAM, "--home", home, "--json", "index", repository.string()});
    auto sources = sources_of(repository, home);
    std::int64_t bytes = 0;
    for (const auto& source : sources) bytes += static_cast<std::int64_t>(source.text.size());
    auto limit = parse_all(sources, std::max(1U, std::thread::hardware_concurrency()));
    std::ofstream(changed, std::ios::app) << "\n# changed " << round << "\n";
    auto again = must_run({GSDB_PROGRAM, "--home", home, "--json", "index", repository.string()});
    must_run({GSDB_PROGRAM, "--home", home, "down"});
    auto megabytes = static_cast<double>(bytes) / 1e6;
    fmt::print(
        "round {}: {} files, {:.1f} MB; full {:.2f} s ({:.1f} MB/s), raw parse {:.2f} s ({:.1f} MB/s), one file "
        "changed {:.3f} s, "
        "peak {:.0f} MB\n",
        round, sources.size(), megabytes, full.seconds, megabytes / full.seconds, limit, megabytes / limit,
        again.seconds, static_cast<double>(full.memory_bytes) / 1e6);
    found.speed.push_back(limit / full.seconds);
    found.reindex.push_back(again.seconds / full.seconds);
    found.reindex_seconds.push_back(again.seconds);
    found.memory.push_back(static_cast<double>(full.memory_bytes) / static_cast<double>(bytes));
}

}  // namespace

int main(int argc, char** argv) {
    int rounds = 5;
    fs::path repository;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--rounds" && i + 1 < argc)
            rounds = std::atoi(argv[++i]);
        else
            repository = argv[i];
    }
    gsdb::cluster::TestFolder folder("bench-corpus");
    if (repository.empty()) repository = make_repository(folder.path() / "corpus");
    auto changed = repository / "changed_by_bench.py";
    Measurements found;
    for (int round = 0; round < rounds; ++round) measure(repository, changed, round, found);
    fs::remove(changed);
    print_ratio("index_vs_raw_parse", found.speed, "goal>=0.5");
    print_ratio("reindex_one_file_vs_full", found.reindex, "goal<=0.1");
    print_ratio("reindex_one_file_seconds", found.reindex_seconds, "goal<=0.3");
    print_ratio("index_memory_vs_corpus", found.memory, "goal<=5");
}
