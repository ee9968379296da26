#include "modules/codebase/analysis.hpp"

#include <algorithm>
#include <tuple>

#include "modules/codebase/checks/directives.hpp"
#include "modules/codebase/checks/file_checks.hpp"
#include "modules/codebase/duplicates/stored_tokens.hpp"
#include "modules/codebase/duplicates/tokenizer.hpp"
#include "modules/codebase/file_plugins.hpp"
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
        : analysis_(analysis),
          stop_(std::move(stop)),
          extractor_(analysis.options_.limits),
          plugins_(analysis.options_.plugins.get()) {}

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
        const auto language = extract::detect_language(entry.path, text->view());
        const auto plugin = plugins_.language_of(entry.path, language);
        if (plugin && extract_by_plugin(row, *plugin, text->view())) return row;
        if (language == extract::Language::unknown)
            return skipped(std::move(row), to_label(source::SkipReason::unknown_language));
        if (const auto claim = claim_blob(row, extract::to_label(language), std::nullopt, text->view()))
            extract(*claim, text->view(), language);
        return row;
    }

    /// A content whose facts are to be made, and what checks found in it.
    struct Claim {
        AnalysedBlob blob;
        std::vector<plugins::PluginFinding> found;
    };

    /// Says in `row` what it is; nothing where its facts are made already. `plugin` is that of the language.
    std::optional<Claim> claim_blob(FileRow& row, std::string_view language, std::optional<std::size_t> plugin,
                                    std::string_view text) {
        const auto git_id = *row.git_id;
        auto checks = plugins_.checks_of(language);
        const auto wanted = blob_id(git_id, language, plugins_.key_of(plugin, checks));
        row.language = language;
        row.blob = wanted;
        if (!analysis_.claimed_.claim(wanted)) return std::nullopt;
        const auto count = checks.size();
        Claim claim;
        claim.found = plugins_.check(row.path, language, text, checks);
        if (checks.size() < count) {  // without those that failed the facts are others
            row.blob = blob_id(git_id, language, plugins_.key_of(plugin, checks));
            analysis_.claimed_.replace(wanted, row.blob);
            if (!analysis_.claimed_.claim(*row.blob)) return std::nullopt;
        }
        claim.blob.id = *row.blob;
        claim.blob.git_id = git_id;
        claim.blob.size_bytes = static_cast<std::uint32_t>(text.size());
        return claim;
    }

    /// False where the plug-in failed, so that the file is what it is without it.
    bool extract_by_plugin(FileRow& row, std::size_t plugin, std::string_view text) {
        auto claimed = row;
        const auto name = std::string(plugins_.name_of(plugin));
        auto claim = claim_blob(claimed, name, plugin, text);
        if (claim) {
            const auto found = plugins_.extract(plugin, row.path, text);
            if (!found) {
                analysis_.claimed_.replace(claim->blob.id, std::nullopt);
                return false;
            }
            claim->blob.language = name;
            checks::FileFindings directives{.findings = {}, .directives = checks::directives_of(text, found->facts)};
            encoder_.append(chunk_.facts, claim->blob, found->facts, found->metrics, directives,
                            place(claim->found, text, found->facts));
            count_parsed(text);
        }
        row = std::move(claimed);
        return true;
    }

    void extract(const Claim& claim, std::string_view text, extract::Language language) {
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
        encoder_.append(chunk_.facts, claim.blob, facts, metrics, findings, place(claim.found, text, facts));
        if (flow) chunk_.facts.flows.row(claim.blob.id, flow::encode(flow::with_places(*std::move(flow), facts)));
        if (const auto prints = duplicates::fingerprints(tokens); !prints.empty())
            chunk_.facts.tokens.row(claim.blob.id, duplicates::encode(prints), duplicates::encode(tokens));
        count_parsed(text);
    }

    void count_parsed(std::string_view text) {
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
    FilePlugins plugins_;
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

void Analysis::settle(std::vector<FileRow>& files) {
    for (auto& file : files) {
        if (file.blob && !(file.blob = claimed_.in_the_end(*file.blob))) {
            file.language.reset();
            file.skip_reason = to_label(source::SkipReason::unknown_language);
        }
        // What it is with all plug-ins is not known, so the next run must not take it for known.
        if (options_.plugins && FilePlugins::is_missed(*options_.plugins, file.path, file.language.value_or("")))
            file.git_id.reset();
    }
}

}  // namespace gsdb::codebase
