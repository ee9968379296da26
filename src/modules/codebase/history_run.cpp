#include "modules/codebase/history_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "modules/codebase/queries.hpp"
#include "modules/codebase/run_aside.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/staging.hpp"

namespace gsdb::codebase {

using source::ObjectId;
using Transaction = pg::TransactionOf<Database>;

namespace {

constexpr std::size_t problems_max = 20;
constexpr std::size_t chunk_bytes_max = 256U << 10U;
constexpr std::size_t commits_in_a_row = 32;  ///< that one thread takes: they have most of their trees in common

std::optional<ObjectId> object_id(const std::optional<std::string>& hex) {
    return hex ? ObjectId::parse(*hex) : std::nullopt;
}

std::vector<std::string> texts(const std::vector<ObjectId>& ids) {
    std::vector<std::string> hex;
    hex.reserve(ids.size());
    for (const auto& id : ids) hex.push_back(to_string(id));
    return hex;
}

/// The moment, kept within what the database can show: a commit may say anything.
Timestamp moment(std::int64_t seconds) {
    constexpr std::int64_t first = -62'135'596'800, last = 253'402'300'799;  // the years 1 to 9999
    return Timestamp(std::chrono::seconds(std::clamp(seconds, first, last)));
}

std::optional<std::int32_t> line_count(const std::optional<std::uint32_t>& lines) {
    return lines ? std::optional(static_cast<std::int32_t>(*lines)) : std::nullopt;
}

void sort_unique(std::vector<ObjectId>& ids) {
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
}

std::vector<ObjectId> difference(const std::vector<ObjectId>& sorted, const std::vector<ObjectId>& without) {
    std::vector<ObjectId> result;
    std::ranges::set_difference(sorted, without, std::back_inserter(result));
    return result;
}

template <class Rows>
void add_stored(StoredCommits& stored, const Rows& rows) {
    for (const auto& row : rows)
        if (const auto id = ObjectId::parse(row.commit_id))
            stored.emplace(*id, StoredCommit{row.number, row.is_lost, row.is_unread});
}

Task<std::vector<source::Ref>> load_refs(Transaction tx, OrganizationId organization, CodebaseId codebase) {
    std::vector<source::Ref> refs;
    for (auto& row : co_await tx.query<sql::StoredRefs>({.organization_id = organization, .codebase_id = codebase})) {
        const auto kind = row.kind == "tag" ? source::RefKind::tag : source::RefKind::branch;
        refs.push_back(
            {kind, std::move(row.name), ObjectId::parse(row.commit_id).value_or(ObjectId{}), row.is_default});
    }
    std::ranges::sort(refs, {}, [](const source::Ref& ref) { return std::pair(ref.kind, ref.name); });
    co_return refs;
}

}  // namespace

HistoryRun::HistoryRun(Executor consumer, std::unique_ptr<source::History> history, HistoryRequest request,
                       source::HistoryOutline outline)
    : history_(std::move(history)),
      request_(std::move(request)),
      outline_(std::move(outline)),
      version_(fmt::format("{}/{}/{}", history_reader_version, to_string(request_.depth), outline_.reading)),
      queue_(consumer, request_.queue_bytes_max, 1) {
    summary_.refs = static_cast<std::int64_t>(outline_.refs.size());
}

HistoryRun::~HistoryRun() {
    stop_.request_stop();
    queue_.abandon();
}

std::vector<ObjectId> HistoryRun::tips() const {
    std::vector<ObjectId> tips;
    for (const auto& ref : outline_.refs) tips.push_back(ref.commit);
    if (request_.head) tips.push_back(*request_.head);
    sort_unique(tips);
    return tips;
}

Task<std::unique_ptr<HistoryRun>> HistoryRun::begin(Transaction tx, std::unique_ptr<source::History> history,
                                                    HistoryRequest request) {
    if (history == nullptr || request.depth.kind == HistoryDepth::Kind::off) co_return nullptr;
    auto outline = value_or_throw(co_await run_aside([&] { return history->outline(); }));
    const auto organization = request.organization;
    const auto codebase = request.codebase;
    std::unique_ptr<HistoryRun> run(
        new HistoryRun(co_await asio::this_coro::executor, std::move(history), std::move(request), std::move(outline)));
    run->stored_refs_ = co_await load_refs(tx, organization, codebase);
    const auto state = co_await tx.query<sql::HistoryState>({.organization_id = organization, .codebase_id = codebase});
    const auto last_number = state ? state->last_number : 0;
    if (state && state->history_version == run->version_) {
        std::vector<ObjectId> before;
        for (const auto& ref : run->stored_refs_) before.push_back(ref.commit);
        if (const auto head = object_id(state->commit_id)) before.push_back(*head);
        sort_unique(before);
        const auto tips = run->tips();
        HistoryPlan plan;
        if (before != tips) plan = co_await run->plan_new(tx, difference(before, tips), last_number);
        run->start([plan = std::move(plan)] { return plan; });
    } else {
        StoredCommits stored;
        if (last_number > 0) stored = co_await run->load_stored(tx);
        run->start([&self = *run, stored = std::move(stored), last_number] {
            return plan_whole_history(*self.history_, self.tips(), stored, last_number, self.request_.depth,
                                      self.stop_.get_token());
        });
    }
    co_return run;
}

Task<StoredCommits> HistoryRun::load_stored(Transaction tx) const {
    StoredCommits stored;
    add_stored(stored, co_await tx.query<sql::StoredCommits>(
                           {.organization_id = request_.organization, .codebase_id = request_.codebase}));
    co_return stored;
}

// What is stored and not lost has all behind it stored, too, so the walk ends there. How far away that is nobody knows:
// each step reads twice as many commits as the one before, and asks which of them are stored.
Task<HistoryPlan> HistoryRun::plan_new(Transaction tx, std::vector<ObjectId> gone, std::int32_t last_number) {
    CommitGraph graph(*history_, request_.limits.stop);
    for (const auto& tip : tips()) graph.add_tip(tip);
    if (request_.depth.kind == HistoryDepth::Kind::since) graph.reach_back(request_.depth.seconds);
    StoredCommits stored;
    for (std::size_t count = 128;; count *= 2) {
        const auto fresh = co_await run_aside([&] { return graph.read_on(count); });
        if (fresh.empty()) break;
        StoredCommits known;
        add_stored(known, co_await tx.query<sql::StoredCommitsAmong>({.organization_id = request_.organization,
                                                                      .codebase_id = request_.codebase,
                                                                      .commit_ids = texts(fresh)}));
        for (const auto& [id, commit] : known)
            if (!commit.is_lost) graph.end_at(id);
        stored.merge(known);
    }
    HistoryPlan plan{.commits = number_commits(graph.in_order(), stored, last_number),
                     .problems = graph.take_problems()};
    std::erase_if(gone, [&](const ObjectId& id) { return graph.has(id); });
    if (!gone.empty()) plan.lost = co_await find_lost(tx, std::move(gone));
    co_return plan;
}

/// Whether all behind the tips must be compared with what is stored shows as soon as those gone are all found there.
Task<std::vector<ObjectId>> HistoryRun::find_lost(Transaction tx, std::vector<ObjectId> gone) const {
    CommitGraph graph(*history_, request_.limits.stop);
    for (const auto& tip : tips()) graph.add_tip(tip);
    constexpr std::size_t step = 1024;
    const bool are_found = co_await run_aside([&] {
        while (!graph.read_on(step).empty()) {
            std::erase_if(gone, [&](const ObjectId& id) { return graph.has(id); });
            if (gone.empty()) return true;
        }
        return request_.limits.stop.stop_requested();
    });
    std::vector<ObjectId> lost;
    if (are_found) co_return lost;
    for (const auto& [id, commit] : co_await load_stored(tx))
        if (!commit.is_lost && !graph.has(id)) lost.push_back(id);
    co_return lost;
}

/// One thread makes the plan and then leads those that read.
template <class MakePlan>
void HistoryRun::start(MakePlan make_plan) {
    thread_ = std::jthread([this, make_plan = std::move(make_plan)] {
        try {
            read(make_plan());
            queue_.producer_ended();
        } catch (...) {
            queue_.producer_ended(std::current_exception());
        }
    });
}

void HistoryRun::read(const HistoryPlan& plan) {
    queue_.push({.problems = plan.problems, .lost = plan.lost}, 0);
    const auto& commits = plan.commits;
    const auto blocks = (commits.size() + commits_in_a_row - 1) / commits_in_a_row;
    for_each_on_threads(blocks, request_.threads, [&](std::size_t block) {
        Chunk chunk;
        const auto last = std::min(commits.size(), (block + 1) * commits_in_a_row);
        for (auto i = block * commits_in_a_row; i < last; ++i) {
            if (stop_.stop_requested() || request_.limits.stop.stop_requested()) return;
            read_commit(commits[i], chunk);
            if (chunk.bytes() < chunk_bytes_max && i + 1 < last) continue;
            const auto bytes = chunk.bytes();
            if (!queue_.push(std::exchange(chunk, {}), bytes)) return;
        }
    });
}

void HistoryRun::read_commit(const PlannedCommit& planned, Chunk& chunk) const {
    const auto note = [&](source::Problem problem) {
        problem.path = "commit " + to_string(planned.id);
        chunk.problems.push_back(std::move(problem));
    };
    const auto commit = history_->commit(planned.id);
    if (!commit) return note(commit.error());
    std::optional<std::int32_t> files_changed;
    if (planned.reads_changes && commit->has_parents && commit->parents.size() < 2) {
        const auto changes = history_->changes(*commit, request_.limits);
        if (changes) {
            files_changed = static_cast<std::int32_t>(changes->files);
            for (const auto& change : changes->list)
                chunk.changes.row(
                    planned.number, source::display_path(change.path), to_label(change.kind),
                    line_count(change.lines_added), line_count(change.lines_removed),
                    change.old_path.empty() ? std::nullopt : std::optional(source::display_path(change.old_path)));
        } else {
            note(changes.error());
        }
    }
    chunk.commits.row(planned.number, to_string(commit->id), texts(commit->parents), commit->author_name,
                      commit->author_email, moment(commit->authored_at), moment(commit->committed_at), commit->subject,
                      files_changed, planned.is_new);
    ++(planned.is_new ? chunk.commits_new : chunk.commits_found_again);
}

Task<> HistoryRun::store_chunk(Transaction tx, Chunk chunk) {
    for (auto& problem : chunk.problems)
        if (summary_.problems.size() < problems_max) summary_.problems.push_back(std::move(problem));
    summary_.commits_new += static_cast<std::int64_t>(chunk.commits_new);
    summary_.commits_found_again += static_cast<std::int64_t>(chunk.commits_found_again);
    if (!chunk.lost.empty()) {
        summary_.commits_lost += static_cast<std::int64_t>(chunk.lost.size());
        co_await tx.query<sql::LoseCommits>({.now = request_.now,
                                             .organization_id = request_.organization,
                                             .codebase_id = request_.codebase,
                                             .commit_ids = texts(chunk.lost)});
    }
    staged_bytes_ += chunk.bytes();
    co_await stage_history(tx, std::move(chunk.commits), std::move(chunk.changes));
}

Task<> HistoryRun::store_refs(Transaction tx) const {
    if (stored_refs_ == outline_.refs) co_return;
    pg::BinaryRowEncoder rows;
    for (const auto& ref : outline_.refs) rows.row(to_label(ref.kind), ref.name, to_string(ref.commit), ref.is_default);
    co_await stage_refs(tx, std::move(rows));
    co_await tx.query<sql::MergeRefs>(
        {.organization_id = request_.organization, .codebase_id = request_.codebase, .now = request_.now});
}

Task<HistorySummary> HistoryRun::store(Transaction tx) {
    co_await tx.query<sql::BeginHistory>({});
    const auto merge = [&]() -> Task<> {
        if (std::exchange(staged_bytes_, 0) == 0) co_return;
        const auto merged = co_await tx.query<sql::MergeCommits>(
            {.organization_id = request_.organization, .codebase_id = request_.codebase});
        summary_.changes += merged.new_changes;
    };
    while (auto chunk = co_await queue_.next()) {
        if (request_.limits.stop.stop_requested()) break;  // the run says so
        co_await store_chunk(tx, std::move(*chunk));
        if (staged_bytes_ >= request_.merge_bytes) co_await merge();
    }
    co_await merge();
    co_await store_refs(tx);
    co_await tx.query<sql::NoteHistoryVersion>(
        {.history_version = version_, .organization_id = request_.organization, .run_id = request_.run});
    co_return std::move(summary_);
}

}  // namespace gsdb::codebase
