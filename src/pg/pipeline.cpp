#include "pg/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "pg/statement_watch.hpp"
#include "pg/wire.hpp"

namespace gsdb::pg {

namespace {

/// Leaves pipeline mode, in which a plain query would never be answered.
class PipelineMode {
  public:
    explicit PipelineMode(Wire& wire) : wire_(wire) { wire.require_sent(PQenterPipelineMode(wire.conn()), "pipeline"); }
    ~PipelineMode() {
        if (PQexitPipelineMode(wire_.conn()) != 1) wire_.mark_broken();
    }
    PipelineMode(const PipelineMode&) = delete;
    PipelineMode& operator=(const PipelineMode&) = delete;

  private:
    Wire& wire_;
};

}  // namespace

std::size_t Pipeline::add(Statement statement, Parameters parameters) {
    connection_->require_scope(statement);
    queued_.push_back({statement, std::move(parameters)});
    return queued_.size() - 1;
}

Task<> Pipeline::run(std::optional<Milliseconds> deadline) {
    auto& wire = connection_->wire();
    StatementWatch watch("pipeline", connection_->options().database);
    try {
        Operation operation(wire, "pipeline", deadline.value_or(connection_->statement_deadline()));
        results_->resize(queued_.size());
        {
            PipelineMode mode(wire);
            auto sent = send_all();
            wire.require_sent(PQpipelineSync(wire.conn()), "pipeline");
            co_await read_answers(std::move(sent));
        }
        auto bad = std::ranges::find_if(*results_, [](const Rows& rows) { return is_error(rows.result()); });
        operation.finish(bad == results_->end() ? nullptr : bad->result());
        if (bad != results_->end()) throw_error_of(*bad, static_cast<std::size_t>(bad - results_->begin()));
        watch.emit("ok", static_cast<std::int64_t>(queued_.size()));
    } catch (const Failure& failure) {
        results_->clear();
        watch.failed(failure);
        throw;
    }
}

std::vector<Pipeline::Sent> Pipeline::send_all() {
    auto& wire = connection_->wire();
    bool named = connection_->options().prepared == Prepared::on;
    std::unordered_set<std::string_view> being_prepared;
    std::vector<Sent> sent;
    sent.reserve(queued_.size() + 4);
    for (std::size_t i = 0; i < queued_.size(); ++i) {
        const auto& [statement, parameters] = queued_[i];
        if (named && !wire.is_prepared(statement) && being_prepared.insert(statement.name).second) {
            wire.require_sent(send_prepare(wire.conn(), statement, parameters), statement.name);
            sent.push_back({i, true});
        }
        wire.require_sent(named ? send_prepared(wire.conn(), statement.name, parameters)
                                : send_unnamed(wire.conn(), statement.text, parameters, Format::binary),
                          statement.name);
        sent.push_back({i, false});
    }
    return sent;
}

Task<> Pipeline::read_answers(std::vector<Sent> sent) {
    auto& wire = connection_->wire();
    for (const auto& [index, is_prepare] : sent) {
        auto result = co_await wire.only_result();
        if (wire.is_broken()) throw_error_of(Rows(std::move(result)), index);
        bool failed = is_error(result.get());
        if (is_prepare && !failed) wire.remember_prepared(queued_[index].statement);
        // A failed prepare stands in for its statement, which is only said to be aborted.
        auto& kept = (*results_)[index];
        if (!kept.result() || !is_error(kept.result())) kept = Rows(std::move(result));
    }
    auto sync = co_await wire.next_result();
    if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) wire.throw_error(sync.get(), "pipeline");
}

void Pipeline::throw_error_of(const Rows& failed, std::size_t index) {
    auto& wire = connection_->wire();
    auto facts = wire.facts_of(failed.result(), queued_[index].statement.name);
    auto place = fmt::format("statement {} of {} in the pipeline", index + 1, queued_.size());
    facts.detail = facts.detail.empty() ? place : fmt::format("{}; {}", place, facts.detail);
    wire.throw_error(std::move(facts));
}

}  // namespace gsdb::pg
