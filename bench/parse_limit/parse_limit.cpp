// What extracting facts, and measuring, cost over the limit: parsing the same files with tree-sitter and nothing else,
// on the same threads, with the same allocator.
//
//     bench_parse_limit [--threads N] [--rounds N] [FOLDER...]
//
// Without folders it takes code that every machine that builds this has: Python's library, the headers, node_modules.
// Rounds alternate between the two, so that what else the machine does hits both.

#include <fmt/format.h>
#include <time.h>
#include <tree_sitter/api.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <ranges>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/extract/grammar.hpp"
#include "modules/codebase/measure/measure.hpp"

using namespace gsdb::codebase::extract;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t language_bytes_max = 24U << 20U;  // enough to measure, quick enough to repeat
constexpr std::size_t file_bytes_max = 2U << 20U;

struct Options {
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    unsigned rounds = 5;
    std::vector<fs::path> folders;
};

using Corpus = std::map<Language, std::vector<std::string>>;

std::size_t bytes_of(const std::vector<std::string>& files) {
    std::size_t bytes = 0;
    for (const auto& file : files) bytes += file.size();
    return bytes;
}

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

void load(const fs::path& folder, Corpus& corpus) {
    std::vector<fs::path> paths;
    const auto options =
        fs::directory_options::skip_permission_denied | fs::directory_options::follow_directory_symlink;
    std::error_code ignored;
    for (auto entry = fs::recursive_directory_iterator(folder, options, ignored);
         entry != fs::recursive_directory_iterator(); entry.increment(ignored))
        if (entry->is_regular_file(ignored) && entry->file_size(ignored) <= file_bytes_max)
            paths.push_back(entry->path());
    // Equal on every run and not all from one corner of the folder.
    std::ranges::sort(paths);
    std::ranges::shuffle(paths, std::mt19937(1));
    for (const auto& path : paths) {
        const auto by_name = detect_language(path.string(), {});
        if (!is_parsed(by_name)) continue;
        auto source = read(path);
        const auto language = detect_language(path.string(), source);
        if (!is_parsed(language)) continue;
        auto& files = corpus[language];
        if (bytes_of(files) + source.size() <= language_bytes_max) files.push_back(std::move(source));
    }
}

/// Processor time of the whole program so far: unlike the clock on the wall it does not see what else the machine does.
double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Processor seconds a thread, to treat all files; a worker is made once per thread and called with one file at a time.
template <class MakeWorker>
double run(const std::vector<std::string>& files, unsigned threads, MakeWorker make_worker) {
    std::atomic<std::size_t> next = 0;
    const auto start = cpu_seconds();
    {
        std::vector<std::jthread> pool;
        for (unsigned i = 0; i < threads; ++i)
            pool.emplace_back([&] {
                auto worker = make_worker();
                for (auto file = next++; file < files.size(); file = next++) worker(files[file]);
            });
    }
    return (cpu_seconds() - start) / threads;
}

double parse_only(const std::vector<std::string>& files, unsigned threads, Language language) {
    return run(files, threads, [language] {
        std::shared_ptr<TSParser> parser(ts_parser_new(), ts_parser_delete);
        ts_parser_set_language(parser.get(), grammar_of(language));
        return [parser](const std::string& source) {
            ts_tree_delete(ts_parser_parse_string(parser.get(), nullptr, source.data(),
                                                  static_cast<std::uint32_t>(source.size())));
        };
    });
}

double parse_and_extract(const std::vector<std::string>& files, unsigned threads, Language language,
                         std::atomic<std::size_t>& facts) {
    return run(files, threads, [language, &facts] {
        return [language, &facts, extractor = std::make_shared<Extractor>()](const std::string& source) {
            const auto found = extractor->extract(source, language);
            facts += found.elements.size() + found.imports.size() + found.references.size();
        };
    });
}

double parse_extract_and_measure(const std::vector<std::string>& files, unsigned threads, Language language,
                                 std::atomic<std::size_t>& facts) {
    return run(files, threads, [language, &facts] {
        return [language, &facts, extractor = std::make_shared<Extractor>(),
                measurer = std::make_shared<gsdb::codebase::measure::Measurer>()](const std::string& source) {
            extractor->extract(source, language, [&](TSNode root, std::string_view parsed, const FileFacts& found) {
                facts += measurer->measure(root, parsed, source, found).elements.size();
            });
        };
    });
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

unsigned number(const char* text) {
    unsigned value = 0;
    const std::string_view digits(text);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{} || value == 0) {
        fmt::print(stderr, "parse_limit: '{}' is not a positive number\n", text);
        std::exit(2);
    }
    return value;
}

Options read_options(int count, char** values) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string_view value = values[i];
        if (value == "--threads" && i + 1 < count)
            options.threads = number(values[++i]);
        else if (value == "--rounds" && i + 1 < count)
            options.rounds = number(values[++i]);
        else
            options.folders.emplace_back(value);
    }
    if (options.folders.empty())
        options.folders = {"/usr/lib/python3", "/usr/lib/python3.11", "/usr/include", "node_modules"};
    return options;
}

}  // namespace

int main(int count, char** values) {
    const auto options = read_options(count, values);
    Corpus corpus;
    for (const auto& folder : options.folders) load(folder, corpus);
    if (corpus.empty()) {
        fmt::print(stderr, "parse_limit: no code in {}\n",
                   fmt::join(options.folders | std::views::transform([](const auto& p) { return p.string(); }), ", "));
        return 1;
    }

    struct Seconds {
        std::vector<double> parse, extract, measure;
    };
    std::map<Language, Seconds> seconds;
    std::vector<double> ratios, measure_ratios;
    std::atomic<std::size_t> facts = 0;
    std::atomic<std::size_t> measured = 0;
    for (unsigned round = 0; round < options.rounds; ++round) {
        double parse = 0;
        double extract = 0;
        double measure = 0;
        for (const auto& [language, files] : corpus) {
            auto& [parses, extracts, measures] = seconds[language];
            parse += parses.emplace_back(parse_only(files, options.threads, language));
            extract += extracts.emplace_back(parse_and_extract(files, options.threads, language, facts));
            measure += measures.emplace_back(parse_extract_and_measure(files, options.threads, language, measured) -
                                             extracts.back());
        }
        ratios.push_back(parse / extract);
        measure_ratios.push_back(measure / parse);
    }

    fmt::print("{:<12} {:>6} {:>7} {:>12} {:>14} {:>6} {:>14}\n", "language", "files", "MB", "parse MB/s",
               "extract MB/s", "ratio", "measure/parse");
    for (const auto& [language, files] : corpus) {
        const auto megabytes = static_cast<double>(bytes_of(files)) / 1e6;
        const auto& [parses, extracts, measures] = seconds[language];
        fmt::print("{:<12} {:>6} {:>7.1f} {:>12.1f} {:>14.1f} {:>6.2f} {:>14.2f}\n", to_label(language), files.size(),
                   megabytes, megabytes / median(parses), megabytes / median(extracts),
                   median(parses) / median(extracts), median(measures) / median(parses));
    }
    fmt::print("{} threads, {} facts a round\n", options.threads, facts / options.rounds);
    fmt::print("RATIO extract_vs_raw_parse {:.2f} {:.2f} {:.2f} goal>=0.75\n", median(ratios), std::ranges::min(ratios),
               std::ranges::max(ratios));
    fmt::print("RATIO measure_vs_raw_parse {:.2f} {:.2f} {:.2f} goal<=0.25\n", median(measure_ratios),
               std::ranges::min(measure_ratios), std::ranges::max(measure_ratios));
    return 0;
}
