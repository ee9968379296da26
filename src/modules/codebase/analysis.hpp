#pragma once
// The part of an index run that uses the cores: threads that read, classify, parse and encode files, while one
// coroutine stores what they find.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/chunk_queue.hpp"
#include "modules/codebase/extract/extractor.hpp"
#include "modules/codebase/fact_rows.hpp"
#include "modules/codebase/source/classify.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::plugins {
class PluginSet;
}

namespace gsdb::codebase {

/// What a run found at a path: a row of codebase.files.
struct FileRow {
    std::string path;  ///< display form
    std::string mode;  ///< label of source::EntryKind
    std::optional<std::string> git_id;
    std::optional<BlobId> blob;
    std::int64_t size_bytes = 0;
    std::optional<std::string> language;
    std::optional<std::string> skip_reason;    ///< label of source::SkipReason or source::ProblemKind
    std::optional<std::string> skip_evidence;  ///< what that was decided on

    bool operator==(const FileRow&) const = default;
};

/// Some files and the facts of those whose content was new.
struct AnalysedChunk {
    FactRows facts;
    std::vector<FileRow> files;
    std::int64_t files_parsed = 0;
    std::int64_t bytes_parsed = 0;
};

/// The ids of contents whose facts need not be made: stored already, or claimed by a thread of this run.
class ClaimedBlobs {
  public:
    explicit ClaimedBlobs(std::unordered_set<BlobId> known) : claimed_(std::move(known)) {}

    /// True for the first to ask about an unknown blob.
    bool claim(BlobId blob) {
        std::lock_guard lock(mutex_);
        return claimed_.insert(blob).second;
    }
    /// What was claimed cannot be made: others who met it have `instead`, or nothing.
    void replace(BlobId claimed, std::optional<BlobId> instead) {
        std::lock_guard lock(mutex_);
        replaced_.insert_or_assign(claimed, instead);
    }
    /// What a blob was replaced by in the end; itself where it was not.
    std::optional<BlobId> in_the_end(BlobId blob) {
        std::lock_guard lock(mutex_);
        std::optional found = blob;
        for (auto next = replaced_.find(blob); found && next != replaced_.end(); next = replaced_.find(*found)) {
            found = next->second;
            if (!found) break;
        }
        return found;
    }

  private:
    std::mutex mutex_;
    std::unordered_set<BlobId> claimed_;
    std::unordered_map<BlobId, std::optional<BlobId>> replaced_;
};

struct AnalysisOptions {
    int threads = 1;
    source::ClassifyOptions classify{};
    extract::Limits limits{};
    std::size_t queue_bytes_max = 32U << 20U;       ///< of encoded facts that wait to be stored
    std::shared_ptr<plugins::PluginSet> plugins{};  ///< null: none
};

/// Runs from construction until it is drained with next() or destroyed, which stops the threads and waits for them.
class Analysis {
  public:
    /// `tree`, `classifier` and the entries outlive the analysis.
    Analysis(Executor consumer, const source::SourceTree& tree, std::vector<const source::Entry*> entries,
             const source::Classifier& classifier, std::unordered_set<BlobId> known, AnalysisOptions options);
    ~Analysis();

    /// The next chunk, or nothing at the end. Throws what a thread threw.
    Task<std::optional<AnalysedChunk>> next() { return queue_.next(); }

    /// To be called when the last chunk is taken: files whose contents a plug-in gave up have what is left of them.
    void settle(std::vector<FileRow>& files);

    std::int64_t files_done() const { return files_done_.load(std::memory_order_relaxed); }
    std::int64_t bytes_done() const { return bytes_done_.load(std::memory_order_relaxed); }

  private:
    class Worker;
    void work(std::stop_token stop);

    const source::SourceTree& tree_;
    const std::vector<const source::Entry*> entries_;  ///< largest first, so that no thread ends long after the others
    const source::Classifier& classifier_;
    const AnalysisOptions options_;
    ClaimedBlobs claimed_;
    std::atomic<std::size_t> next_entry_{0};
    std::atomic<std::int64_t> files_done_{0}, bytes_done_{0};
    ChunkQueue<AnalysedChunk> queue_;
    std::vector<std::jthread> threads_;
};

}  // namespace gsdb::codebase
