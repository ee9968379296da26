#include "modules/codebase/analysis.hpp"

#include <algorithm>
#include <tuple>

#include "modules/codebase/checks/file_checks.hpp"
#include "modules/codebase/duplicates/stored_tokens.hpp"
#include "modules/codebase/duplicates/tokenizer.hpp"
#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/flow/stored_flow.hpp"
#include "modules/codebase/measure/measure.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/text.hpp"

namespace gsdb::codebase {

namespace {

/// A worker hands its rows on when they reach this: large enough to make COPY efficient, small enough to keep memory
/// low.
constexpr std::size_t chunk_bytes = 1U << 20U;

std::vector<const source::Entry*> largest_first(std::vector<const source::Entry*> entries) {
    std::ranges::sort(
        entries, [](const auto* a, const auto* b) { return std::tie(a->size, b->path) > std::tie(b->size, a->path); });
    return entries;
}

FileRow row_of(const source::Entry& entry) {
    FileRow row{.path = source::display_path(entry.path), .mode = std::string(to_label(entry.kind))};
    if (!entry.id.is_null()) row.git_id = to_string(entry.id);
    row.size_bytes = static_cast<std::int64_t>(entry.size);
    return row;
}

FileRow skipped(FileRow row, std::string_view reason, std::string evidence = {}) {
    row.skip_reason = reason;
    if (!evidence.empty()) row.skip_evidence = std::move(evidence);
    return row;
}

/// The longest path that fits the key of codebase.files.
constexpr std::size_t path_bytes_max = 2048;

}  // namespace

class Analysis::Worker {
  public:
    Worker(Analysis& analysis, std::stop_token stop)
        : analysis_(analysis), stop_(std::move(stop)), extractor_(analysis.options_.limits) {}

    void run() {
        while (!stop_.stop_requested()) {
            auto position = analysis_.next_entry_.fetch_add(1);
            if (position >= analysis_.entries_.size()) break;
            const auto& entry = *analysis_.entries_[position];
            chunk_.files.push_back(analyse(entry));
            analysis_.files_done_.fetch_add(1, std::memory_order_relaxed);
            analysis_.bytes_done_.fetch_add(static_cast<std::int64_t>(entry.size), std::memory_order_relaxed);
            if (chunk_.facts.bytes() >= chunk_bytes && !hand_on()) return;
        }
        hand_on();
    }

  private:
    FileRow analyse(const source::Entry& entry) {
        auto row = row_of(entry);
        if (row.path.size() > path_bytes_max) {
            row.path.resize(path_bytes_max);
            return skipped(std::move(row), "path_too_long");
        }
        if (auto verdict = analysis_.classifier_.by_entry(entry); verdict.skip)
            return skipped(std::move(row), to_label(*verdict.skip), std::move(verdict.evidence));
        auto content = analysis_.tree_.read(entry, analysis_.options_.classify.file_bytes_max);
        if (!content) {
            row.git_id.reset();  // what stands there is not known, so the next run must not take it for known
            return skipped(std::move(row), to_label(content.error().kind), std::move(content.error().cause));
        }
        row.git_id = to_string(content->id);
        row.size_bytes = static_cast<std::int64_t>(content->bytes.size());
        return analyse_content(std::move(row), entry, content->bytes);
    }

    FileRow analyse_content(FileRow row, const source::Entry& entry, ByteView content) {
        if (auto verdict = analysis_.classifier_.by_content(entry.path, content); verdict.skip)
            return skipped(std::move(row), to_label(*verdict.skip), std::move(verdict.evidence));
        auto text = source::Text::decode(content);
        if (!text) return skipped(std::move(row), to_label(source::SkipReason::encoding));
        auto language = extract::detect_language(entry.path, text->view());
        if (language == extract::Language::unknown)
            return skipped(std::move(row), to_label(source::SkipReason::unknown_language));
        row.language = extract::to_label(language);
        row.blob = blob_id(*row.git_id, language);
        if (analysis_.claimed_.claim(*row.blob)) extract(*row.blob, *row.git_id, text->view(), language);
        return row;
    }

    void extract(BlobId blob, const std::string& git_id, std::string_view text, extract::Language language) {
        std::optional<flow::FileFlow> flow;
        measure::FileMetrics metrics;
        checks::FileFindings findings;
        duplicates::FileTokens tokens;
        const auto facts = extractor_.extract(
            text, language, [&](TSNode root, std::string_view parsed, const extract::FileFacts& found) {
                metrics = measurer_.measure(root, parsed, text, found);
                findings = checker_.check(root, parsed, text, found);
                tokens = tokenizer_.tokenize(root, parsed, language);
                if (flow::is_followed(language)) flow = flow::make_flow(root, parsed, language);
            });
        encoder_.append(chunk_.facts,
                        {.id = blob, .git_id = git_id, .size_bytes = static_cast<std::uint32_t>(text.size())}, facts,
                        metrics, findings);
        if (flow) chunk_.facts.flows.row(blob, flow::encode(flow::with_places(*std::move(flow), facts)));
        if (const auto prints = duplicates::fingerprints(tokens); !prints.empty())
            chunk_.facts.tokens.row(blob, duplicates::encode(prints), duplicates::encode(tokens));
        ++chunk_.files_parsed;
        chunk_.bytes_parsed += static_cast<std::int64_t>(text.size());
    }

    bool hand_on() {
        auto bytes = chunk_.facts.bytes();
        return analysis_.queue_.push(std::exchange(chunk_, AnalysedChunk{}), bytes);
    }

    Analysis& analysis_;
    std::stop_token stop_;
    extract::Extractor extractor_;
    measure::Measurer measurer_;
    checks::FileChecker checker_;
    duplicates::Tokenizer tokenizer_;
    FactEncoder encoder_;
    AnalysedChunk chunk_;
};

Analysis::Analysis(Executor consumer, const source::SourceTree& tree, std::vector<const source::Entry*> entries,
                   const source::Classifier& classifier, std::unordered_set<BlobId> known, AnalysisOptions options)
    : tree_(tree),
      entries_(largest_first(std::move(entries))),
      classifier_(classifier),
      options_(options),
      claimed_(std::move(known)),
      queue_(consumer, options.queue_bytes_max, options.threads) {
    for (int i = 0; i < options.threads; ++i)
        threads_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
}

Analysis::~Analysis() {
    queue_.abandon();
    for (auto& thread : threads_) thread.request_stop();
}

void Analysis::work(std::stop_token stop) {
    try {
        Worker(*this, std::move(stop)).run();
        queue_.producer_ended();
    } catch (...) {
        queue_.producer_ended(std::current_exception());
    }
}

}  // namespace gsdb::codebase
