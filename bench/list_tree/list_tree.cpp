// Listing a work tree in which nothing changed, compared with `git status` on the same tree; and what listing and
// reading cost otherwise.
//
//     bench_list_tree [--files N] [--rounds N]
//
// The tree is made for the purpose, in memory if /dev/shm is there: files of 1 to 15 kB, twelve to a folder.

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "integrations/git/source.hpp"
#include "modules/codebase/source/folder.hpp"

using namespace gsdb;
using namespace gsdb::codebase::source;
namespace fs = std::filesystem;

namespace {

class Tree {
  public:
    explicit Tree(int files) {
        std::string pattern = fs::exists("/dev/shm") ? "/dev/shm/gsdb-bench-XXXXXX" : "/tmp/gsdb-bench-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) std::abort();
        path_ = pattern;
        std::mt19937 random(7);
        for (int i = 0; i < files; ++i) {
            const auto folder = path_ / fmt::format("part{}", i / 400) / fmt::format("folder{}", i / 12);
            fs::create_directories(folder);
            std::ofstream out(folder / fmt::format("file{}.c", i));
            const auto lines = 30 + random() % 400;
            for (unsigned line = 0; line < lines; ++line)
                out << "static int value_" << random() << " = " << line << ";\n";
        }
        run("git init -q && git config user.email a@b && git config user.name a && git config gc.auto 0 && git add -A "
            "&& "
            "git commit -qm all && git status --porcelain");
        std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // past the second in which the index was written
        run("touch later && git add later && git commit -qm later && git repack -adq");
    }
    ~Tree() { fs::remove_all(path_); }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    void run(const std::string& command) const {
        if (std::system(fmt::format("cd {} && ({}) >/dev/null", path_.string(), command).c_str()) != 0) std::abort();
    }
    std::string path() const { return path_.string(); }

  private:
    fs::path path_;
};

double milliseconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Of this process, or of the programs it ran.
double cpu_milliseconds(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    const auto of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

Listing list(const std::string& path, const OpenOptions& open_options = {}) {
    return value_or_throw(value_or_throw(git::open_source(path, open_options))->list({.threads = 2}));
}

// MB/s of reading every entry.
double reading_rate(const std::string& path, const OpenOptions& options, unsigned threads) {
    auto tree = value_or_throw(git::open_source(path, options));
    const auto listing = value_or_throw(tree->list());
    std::atomic<std::size_t> next = 0, bytes = 0;
    const auto elapsed = milliseconds([&] {
        std::vector<std::jthread> readers;
        for (unsigned i = 0; i < threads; ++i) {
            readers.emplace_back([&] {
                for (auto n = next++; n < listing.entries.size(); n = next++) {
                    const auto content = tree->read(listing.entries[n], 1 << 20);
                    if (!content) std::abort();
                    bytes += content->bytes.size();
                }
            });
        }
    });
    return static_cast<double>(bytes) / 1e3 / elapsed;
}

}  // namespace

int main(int count, char** arguments) {
    int files = 3000, rounds = 9;
    for (int i = 1; i + 1 < count; i += 2) {
        if (std::string_view(arguments[i]) == "--files") files = std::atoi(arguments[i + 1]);
        if (std::string_view(arguments[i]) == "--rounds") rounds = std::atoi(arguments[i + 1]);
    }
    const Tree tree(files);
    list(tree.path());  // the library's own start is not the question
    std::vector<double> ours, gits, ratios;
    const auto our_cpu = cpu_milliseconds(RUSAGE_SELF), gits_cpu = cpu_milliseconds(RUSAGE_CHILDREN);
    for (int round = 0; round < rounds; ++round) {
        ours.push_back(milliseconds([&] { list(tree.path()); }));
        gits.push_back(milliseconds([&] { tree.run("git --no-optional-locks status --porcelain"); }));
        ratios.push_back(ours.back() / gits.back());
    }
    fmt::print("{} files, unchanged: gsdb {:.1f} ms ({:.1f} CPU), git status {:.1f} ms ({:.1f} CPU)\n", files,
               median(ours), (cpu_milliseconds(RUSAGE_SELF) - our_cpu) / rounds, median(gits),
               (cpu_milliseconds(RUSAGE_CHILDREN) - gits_cpu) / rounds);
    fmt::print("reading the work tree: {:.0f} MB/s with 1 thread, {:.0f} with 2\n", reading_rate(tree.path(), {}, 1),
               reading_rate(tree.path(), {}, 2));
    fmt::print("a commit: listing {:.1f} ms, reading {:.0f} MB/s with 1 thread, {:.0f} with 2\n",
               milliseconds([&] { list(tree.path(), {.rev = "HEAD"}); }), reading_rate(tree.path(), {.rev = "HEAD"}, 1),
               reading_rate(tree.path(), {.rev = "HEAD"}, 2));
    tree.run("find . -name '*.c' -exec touch {} +");
    fmt::print("every file touched: {:.1f} ms\n", milliseconds([&] { list(tree.path()); }));
    fmt::print("as a plain folder: {:.1f} ms\n",
               milliseconds([&] { value_or_throw(value_or_throw(open_folder(tree.path()))->list({.threads = 2})); }));
    fmt::print("RATIO list_unchanged_vs_git_status {:.2f} {:.2f} {:.2f} goal<=1.0\n", median(ratios),
               std::ranges::min(ratios), std::ranges::max(ratios));
    return 0;
}
