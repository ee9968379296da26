#include "modules/codebase/index_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <unordered_map>

#include "modules/codebase/check_run.hpp"
#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/history_run.hpp"
#include "modules/codebase/interruption.hpp"
#include "modules/codebase/link_run.hpp"
#include "modules/codebase/package_run.hpp"
#include "modules/codebase/plugins/plugin_set.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/rule_set.hpp"
#include "modules/codebase/run_aside.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/text.hpp"
#include "modules/codebase/staging.hpp"

namespace gsdb::codebase {

namespace {

using Transaction = pg::TransactionOf<Database>;

/// What the newest complete run left at each path.
using KnownFiles = std::unordered_map<std::string, FileRow>;

Failure run_stopped() {
    return interrupted("the index run was stopped", "the last complete run is unchanged",
                       "run it again: contents that were stored before are not parsed again");
}

/// A run in the making: what its steps share.
struct Run {
    pg::Database<Database>& database;
    const OrganizationId organization;
    source::SourceTree& tree;
    const Clock& clock;
    const IndexOptions& options;
    const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

    CodebaseId codebase{};
    RunId id{};
    int number = 0;
    IndexSummary summary{};
    std::optional<GraphSummary> graph{};  ///< from linking to checking
    std::optional<DuplicateSearch> duplicates{};

    void check_not_stopped() const {
        if (options.stop.stop_requested()) throw run_stopped();
    }
    void show(const IndexProgress& progress) const {
        if (options.on_progress) options.on_progress(progress);
    }
    pg::TransactionOptions tenant() const { return {.organization = organization}; }
};

/// Version of all that decides what a run finds at a path besides its content.
std::string run_version(const AnalysisOptions& options) {
    const auto& classify = options.classify;
    return fmt::format("{}/{}/{}/{}{}/{}/{}{}", analyser_version(), linker_version, package_reader_version,
                       classify.include_vendored ? "v" : "", classify.include_generated ? "g" : "",
                       classify.file_bytes_max, classify.line_bytes_max,
                       options.plugins ? "/" + options.plugins->digest() : "");
}

/// Makes the run's row, visible as 'running', in a transaction of its own.
Task<> begin_once(Run& run, const source::State& state, std::string proposal) {
    const auto& identity = run.tree.identity();
    co_await run.database.transaction(run.tenant(), [&](Transaction& tx) -> Task<> {
        auto registered = co_await tx.query<sql::RegisterCodebase>(
            {.organization_id = run.organization,
             .codebase_id = CodebaseId::make(run.clock),
             .location = identity.location,
             .name = proposal,
             .kind = std::string(to_label(identity.kind)),
             .remote_url = identity.remote_url.empty() ? std::nullopt : std::optional(identity.remote_url),
             .repository_id = run.options.repository});
        run.codebase = registered.codebase_id;
        run.summary.name = registered.name;
        run.id = RunId::make(run.clock);
        auto begun = co_await tx.query<sql::BeginRun>(
            {.organization_id = run.organization,
             .codebase_id = run.codebase,
             .run_id = run.id,
             .analyser_version = run_version(run.options.analysis),
             .commit_id = state.commit ? std::optional(to_string(*state.commit)) : std::nullopt,
             .branch = state.branch.empty() ? std::nullopt : std::optional(state.branch),
             .is_dirty = state.dirty,
             .now = run.clock.now()});
        run.number = begun.number;
    });
}

/// Programs that meet codebases of one name for the first time at once choose the same number for it: the later ones
/// choose again, and in the end take a part of a random id that nobody else has.
Task<> begin(Run& run, const source::State& state) {
    constexpr int attempts_max = 8;
    constexpr int numbered_attempts = 3;
    auto name = run.tree.identity().name;
    for (int attempt = 1;; ++attempt) {
        auto proposal = attempt <= numbered_attempts ? name : name + "-" + to_string(Uuid::v7(run.clock)).substr(28);
        try {
            co_return co_await begin_once(run, state, std::move(proposal));
        } catch (const pg::SqlError& error) {
            if (error.constraint() != "codebases_name_is_unique" || attempt == attempts_max) throw;
        }
    }
}

Task<> lock(Run& run, Transaction& tx) {
    auto locked = co_await tx.query<sql::LockCodebase>({.codebase_id = run.codebase});
    if (!locked.locked)
        throw Failure({.code = "codebase.busy",
                       .message = fmt::format("codebase {} is being indexed by another run", run.summary.name),
                       .detail = run.tree.identity().location,
                       .hint = "wait for it to end, then run this again",
                       .exit_code = ExitCode::conflict});
    co_await tx.query<sql::AbandonRunningRuns>(
        {.now = run.clock.now(), .organization_id = run.organization, .codebase_id = run.codebase, .run_id = run.id});
}

Task<KnownFiles> load_known_files(Run& run, Transaction& tx) {
    KnownFiles known;
    for (auto& row :
         co_await tx.query<sql::CurrentFiles>({.organization_id = run.organization, .codebase_id = run.codebase})) {
        auto path = row.path;
        known.emplace(std::move(path), FileRow{.path = std::move(row.path),
                                               .mode = std::move(row.mode),
                                               .git_id = std::move(row.git_id),
                                               .blob = row.blob_id,
                                               .size_bytes = row.size_bytes,
                                               .language = std::move(row.language),
                                               .skip_reason = std::move(row.skip_reason),
                                               .skip_evidence = std::move(row.skip_evidence)});
    }
    co_return known;
}

/// Whether what the last run found at a path still holds for it.
bool still_holds(const source::Entry& entry, const FileRow& known) {
    return !entry.id.is_null() && known.mode == to_label(entry.kind) && known.git_id == to_string(entry.id);
}

/// What of the listing must be looked at. compare() takes what stands out of `known`.
struct Difference {
    std::vector<const source::Entry*> to_analyse;
    std::int64_t bytes_to_analyse = 0;
};

bool is_attributes_file(std::string_view path) {
    return path == ".gitattributes" || path.ends_with("/.gitattributes");
}

/// What .gitattributes files say decides on other files, so a change in one puts all in question.
bool attributes_stand(const source::Listing& listing, const KnownFiles& known) {
    std::size_t listed = 0;
    for (const auto& entry : listing.entries) {
        if (!is_attributes_file(entry.path)) continue;
        auto found = known.find(source::display_path(entry.path));
        if (found == known.end() || !still_holds(entry, found->second)) return false;
        ++listed;
    }
    return listed == static_cast<std::size_t>(
                         std::ranges::count_if(known, [](const auto& row) { return is_attributes_file(row.first); }));
}

Difference compare(const source::Listing& listing, KnownFiles& known, bool decisions_stand) {
    Difference difference;
    for (const auto& entry : listing.entries) {
        auto found = known.find(source::display_path(entry.path));
        if (found != known.end() && decisions_stand && still_holds(entry, found->second)) {
            known.erase(found);
            continue;
        }
        difference.to_analyse.push_back(&entry);
        difference.bytes_to_analyse += static_cast<std::int64_t>(entry.size);
    }
    return difference;
}

/// Paths that could not even be listed have rows, too, unless they are listed after all.
std::vector<FileRow> rows_of_problems(const source::Listing& listing) {
    std::vector<FileRow> rows;
    for (const auto& problem : listing.problems) {
        if (std::ranges::binary_search(listing.entries, problem.path, {}, &source::Entry::path)) continue;
        rows.push_back({.path = source::display_path(problem.path),
                        .mode = std::string(to_label(source::EntryKind::regular)),
                        .skip_reason = std::string(to_label(problem.kind)),
                        .skip_evidence = problem.cause});
    }
    return rows;
}

Task<std::unordered_set<BlobId>> load_known_blobs(Run& run, Transaction& tx,
                                                  const std::vector<const source::Entry*>& entries) {
    std::vector<std::string> git_ids;
    for (const auto* entry : entries)
        if (!entry->id.is_null()) git_ids.push_back(to_string(entry->id));
    std::unordered_set<BlobId> blobs;
    for (const auto& row : co_await tx.query<sql::KnownBlobs>(
             {.organization_id = run.organization, .git_ids = git_ids, .analyser_version = analyser_version()}))
        blobs.insert(row.blob_id);
    co_return blobs;
}

/// Stores what the threads find, chunk by chunk, and remembers the files for the end.
Task<std::vector<FileRow>> store_facts(Run& run, Transaction& tx, Analysis& analysis, const Difference& difference) {
    std::vector<FileRow> files;
    std::size_t staged_bytes = 0;
    while (auto chunk = co_await analysis.next()) {
        run.check_not_stopped();
        staged_bytes += chunk->facts.bytes();
        co_await stage_facts(tx, std::move(chunk->facts));
        std::ranges::move(chunk->files, std::back_inserter(files));
        run.summary.files_parsed += chunk->files_parsed;
        run.summary.bytes_parsed += chunk->bytes_parsed;
        if (staged_bytes >= run.options.merge_bytes) {
            co_await tx.query<sql::MergeFacts>({.organization_id = run.organization});
            staged_bytes = 0;
        }
        run.show({"analysing", analysis.files_done(), static_cast<std::int64_t>(difference.to_analyse.size()),
                  analysis.bytes_done(), difference.bytes_to_analyse});
    }
    if (staged_bytes > 0) co_await tx.query<sql::MergeFacts>({.organization_id = run.organization});
    analysis.settle(files);
    co_return files;
}

/// What a run found other than the run before.
struct Changes {
    std::vector<FileRow> files;        ///< new or changed
    std::vector<std::string> removed;  ///< paths that are no longer there
    bool concern_links = false;        ///< the graph may be another
    bool concern_packages = false;     ///< a manifest or lock file of packages is among them
};

bool concerns_links(const FileRow& file) {
    return link::is_manifest(file.path) ||
           (file.language && flow::is_followed(extract::language_from_label(*file.language)));
}

Changes find_changes(std::vector<FileRow> files, KnownFiles known) {
    Changes changes;
    const auto note = [&](const FileRow& file) {
        changes.concern_links |= concerns_links(file);
        changes.concern_packages |= packages::is_package_file(file.path);
    };
    for (auto& file : files) {
        auto found = known.find(file.path);
        const bool is_same = found != known.end() && found->second == file;
        if (!is_same) note(file);
        if (!is_same && found != known.end()) note(found->second);
        if (found != known.end()) known.erase(found);
        if (!is_same) changes.files.push_back(std::move(file));
    }
    for (const auto& [path, row] : known) {
        note(row);
        changes.removed.push_back(path);
    }
    return changes;
}

Task<> complete(Run& run, Transaction& tx) {
    auto& summary = run.summary;
    auto counts =
        co_await tx.query<sql::CompleteRun>({.organization_id = run.organization,
                                             .codebase_id = run.codebase,
                                             .run_id = run.id,
                                             .now = run.clock.now(),
                                             .files_parsed = static_cast<std::int32_t>(summary.files_parsed),
                                             .files_removed = static_cast<std::int32_t>(summary.files_removed),
                                             .bytes_parsed = summary.bytes_parsed});
    summary.files_seen = counts.files_seen;
    summary.files_reused = counts.files_reused;
    summary.files_skipped = counts.files_skipped;
    summary.bytes_seen = counts.bytes_seen;
    summary.lines_seen = counts.lines_seen;
    summary.elements_seen = counts.elements_seen;
    co_await tx.query<sql::TakeSnapshot>({.organization_id = run.organization, .run_id = run.id});
}

Task<> summarise(Run& run, Transaction& tx) {
    auto& summary = run.summary;
    for (auto& row :
         co_await tx.query<sql::LanguageSummary>({.organization_id = run.organization, .codebase_id = run.codebase}))
        summary.languages.push_back({row.language, row.files, row.bytes, row.lines, row.code_lines, row.elements});
    for (auto& row :
         co_await tx.query<sql::SkipSummary>({.organization_id = run.organization, .codebase_id = run.codebase}))
        summary.skipped.push_back({row.skip_reason, row.files, row.bytes});
    if (const auto row = co_await tx.query<sql::QualitySummary>(
            {.organization_id = run.organization, .codebase_id = run.codebase, .run_number = run.number}))
        summary.quality = {.score = row->score, .debt_minutes = row->debt_minutes};
}

/// What the manifests in the tree say of how modules are found; those of vendored packages do not count.
link::Manifests read_manifests(Run& run, const source::Listing& listing, const source::Classifier& classifier) {
    link::Manifests manifests;
    for (const auto& entry : listing.entries) {
        if (!link::is_manifest(entry.path) || classifier.by_entry(entry).skip) continue;
        const auto content = run.tree.read(entry, run.options.analysis.classify.file_bytes_max);
        if (!content || classifier.by_content(entry.path, content->bytes).skip) continue;
        if (const auto text = source::Text::decode(content->bytes))
            manifests.add(source::display_path(entry.path), text->view());
    }
    return manifests;
}

Task<> link_files(Run& run, Transaction& tx, const source::Listing& listing, const source::Classifier& classifier) {
    run.show({"linking"});
    try {
        auto linked = co_await link_codebase(tx, {.organization = run.organization,
                                                  .codebase = run.codebase,
                                                  .run_number = run.number,
                                                  .manifests = read_manifests(run, listing, classifier),
                                                  .threads = static_cast<unsigned>(run.options.analysis.threads),
                                                  .stop = run.options.stop});
        run.summary.links = linked.summary;
        run.graph = std::move(linked.graph);
    } catch (const link::Stopped&) {
        throw run_stopped();
    }
}

Task<> check(Run& run, Transaction& tx, bool has_changed) {
    run.check_not_stopped();
    run.show({"checking"});
    const bool has_history =
        run.summary.history && run.summary.history->commits_new + run.summary.history->commits_lost > 0;
    run.summary.checks = co_await check_codebase(tx, {.organization = run.organization,
                                                      .codebase = run.codebase,
                                                      .run = run.id,
                                                      .run_number = run.number,
                                                      .has_changed = has_changed || has_history,
                                                      .graph = std::exchange(run.graph, std::nullopt),
                                                      .duplicates = std::exchange(run.duplicates, std::nullopt),
                                                      .now = run.clock.now()});
    co_await tx.query<sql::MeasureRun>({.organization_id = run.organization,
                                        .codebase_id = run.codebase,
                                        .run_id = run.id,
                                        .has_changed = run.summary.checks.has_value()});
}

/// Says whether anything differs. `known` holds what did not stand; `is_same_version`: the last run was one of this
/// program.
Task<bool> store_difference(Run& run, Transaction& tx, const source::Listing& listing, const Difference& difference,
                            KnownFiles known, bool is_same_version) {
    co_await tx.query<sql::BeginStaging>({});
    auto blobs = co_await load_known_blobs(run, tx, difference.to_analyse);
    source::Classifier classifier(run.options.analysis.classify, source::Attributes::of_tree(run.tree, listing));
    Analysis analysis(co_await asio::this_coro::executor, run.tree, difference.to_analyse, classifier, std::move(blobs),
                      run.options.analysis);
    auto files = co_await store_facts(run, tx, analysis, difference);
    run.show({"storing"});
    std::ranges::move(rows_of_problems(listing), std::back_inserter(files));
    auto changes = find_changes(std::move(files), std::move(known));
    run.summary.files_removed = static_cast<std::int64_t>(changes.removed.size());
    const bool has_changed = !changes.files.empty() || !changes.removed.empty() || !is_same_version;
    co_await stage_files(tx, std::move(changes.files), std::move(changes.removed));
    co_await tx.query<sql::MergeFiles>(
        {.organization_id = run.organization, .codebase_id = run.codebase, .run_number = run.number});
    if (has_changed) run.duplicates = co_await begin_duplicates(tx, run.organization, run.codebase, run.number);
    if (changes.concern_links || !is_same_version) co_await link_files(run, tx, listing, classifier);
    if (changes.concern_packages || !is_same_version)
        run.summary.packages = co_await store_packages(
            tx, {.organization = run.organization, .codebase = run.codebase, .run_number = run.number}, run.tree,
            listing, classifier);
    co_return has_changed;
}

/// Starts to read the history beside the analysis.
Task<std::unique_ptr<HistoryRun>> begin_history(Run& run, Transaction& tx, const source::Listing& listing) {
    co_return co_await HistoryRun::begin(tx, run.tree.history(listing.state),
                                         {.organization = run.organization,
                                          .codebase = run.codebase,
                                          .run = run.id,
                                          .head = listing.state.commit,
                                          .depth = run.options.history,
                                          .limits = {.stop = run.options.stop},
                                          .threads = static_cast<unsigned>(run.options.analysis.threads),
                                          .now = run.clock.now(),
                                          .merge_bytes = run.options.merge_bytes});
}

/// Everything that becomes visible at once.
Task<> pass_over(Run& run, Transaction& tx, const source::Listing& listing) {
    run.summary = {.name = run.summary.name};  // the body may run again
    run.graph.reset();
    run.duplicates.reset();
    co_await lock(run, tx);
    auto known = co_await load_known_files(run, tx);
    auto version = co_await tx.query<sql::CurrentAnalyserVersion>(
        {.organization_id = run.organization, .codebase_id = run.codebase});
    bool is_same_version = version && version->analyser_version == run_version(run.options.analysis);
    auto difference = compare(listing, known, is_same_version && attributes_stand(listing, known));
    run.check_not_stopped();
    const auto history = co_await begin_history(run, tx, listing);
    bool has_changed = false;
    if (!difference.to_analyse.empty() || !known.empty() || !listing.problems.empty())
        has_changed = co_await store_difference(run, tx, listing, difference, std::move(known), is_same_version);
    if (history) {
        run.show({"reading the history"});
        run.summary.history = co_await history->store(tx);
        run.check_not_stopped();
    }
    // The planner knows nothing of what a first run has written, and would plan its checks accordingly.
    if (run.summary.files_parsed > 0) co_await tx.query<sql::AnalyzeGrownTables>({});
    co_await check(run, tx, has_changed);
    co_await complete(run, tx);
    co_await summarise(run, tx);
}

/// Says how the run ended in a transaction of its own; failing to say so must not hide why it ended.
Task<> end_early(Run& run, Error error) {
    const bool is_cancelled = error.exit_code == ExitCode::interrupted;
    try {
        co_await run.database.query<sql::EndRunEarly>(run.tenant(), {.state = is_cancelled ? "cancelled" : "failed",
                                                                     .now = run.clock.now(),
                                                                     .error_code = error.code,
                                                                     .error_message = error.message,
                                                                     .organization_id = run.organization,
                                                                     .run_id = run.id});
    } catch (const std::exception&) {
        // The next run finds the row still 'running' and calls it abandoned.
    }
}

}  // namespace

Task<IndexSummary> run_index(pg::Database<Database>& database, OrganizationId organization, source::SourceTree& tree,
                             const Clock& clock, IndexOptions options) {
    Run run{.database = database, .organization = organization, .tree = tree, .clock = clock, .options = options};
    run.show({"listing"});
    auto listing = value_or_throw(co_await run_aside(
        [&] { return tree.list({.threads = static_cast<unsigned>(options.analysis.threads), .stop = options.stop}); }));
    run.check_not_stopped();
    co_await register_rules(database, organization, options.analysis.plugins.get());
    co_await begin(run, listing.state);
    std::optional<Error> failed;
    try {
        co_await database.transaction(run.tenant(), [&](Transaction& tx) { return pass_over(run, tx, listing); });
    } catch (const Failure& failure) {
        failed = failure.error();
    } catch (const std::exception& surprise) {
        failed = Error{.code = "internal", .message = surprise.what()};
    }
    if (failed) {
        co_await end_early(run, *failed);
        throw Failure(*failed);
    }
    auto& summary = run.summary;
    summary.codebase = run.codebase;
    summary.run = run.id;
    summary.run_number = run.number;
    if (options.analysis.plugins) summary.disabled_plugins = options.analysis.plugins->disabled();
    std::ranges::move(listing.problems, std::back_inserter(summary.problems));
    if (summary.history) std::ranges::move(summary.history->problems, std::back_inserter(summary.problems));
    summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - run.began).count();
    co_return std::move(summary);
}

}  // namespace gsdb::codebase
