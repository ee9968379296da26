#pragma once
// Many statements in one round trip: all are sent, then all answers are read.
//
//     pg::Pipeline pipeline(tx);
//     std::vector<pg::Pending<sql::InsertFile>> inserted;
//     for (const auto& file : files) inserted.push_back(pipeline.add<sql::InsertFile>({.path = file.path}));
//     co_await pipeline.run();
//     auto id = inserted[0].answer().id;
//
// There is one Sync, at the end: when a statement fails, those behind it do not run, run() throws the SqlError of the
// one that failed, and no answer can be read. Outside a transaction the whole pipeline is one: all of it or nothing.

#include <memory>
#include <optional>
#include <vector>

#include "pg/connection.hpp"
#include "pg/transaction.hpp"

namespace gsdb::pg {

/// The answer to come of one statement of a pipeline.
template <Query Q>
class Pending {
  public:
    Pending(std::shared_ptr<const std::vector<Rows>> results, std::size_t index)
        : results_(std::move(results)), index_(index) {}

    /// After run() has returned.
    Answer<Q> answer() const { return read_answer<Q>(results_->at(index_)); }

  private:
    std::shared_ptr<const std::vector<Rows>> results_;
    std::size_t index_;
};

class Pipeline {
  public:
    explicit Pipeline(Connection& connection) : connection_(&connection) {}
    explicit Pipeline(const Transaction& transaction)
        : connection_(&transaction.connection()), module_(transaction.module()) {}

    template <Query Q>
    Pending<Q> add(const typename Q::Params& params) {
        require_same_module(module_, module_tag<typename Q::Module>(), Q::statement, *connection_);
        return {results_, add(Q::statement, bind<Q>(params))};
    }
    /// Returns the statement's index in results().
    std::size_t add(Statement statement, Parameters parameters);

    std::size_t size() const { return queued_.size(); }

    /// Sends all and reads all answers. Once. `deadline` is for the whole.
    Task<> run(std::optional<Milliseconds> deadline = std::nullopt);

    /// One per statement, in order. Filled by run().
    const std::vector<Rows>& results() const { return *results_; }

  private:
    struct Queued {
        Statement statement;
        Parameters parameters;
    };
    /// What was sent, in order: a prepare has no place in results_.
    struct Sent {
        std::size_t index;
        bool is_prepare;
    };

    std::vector<Sent> send_all();
    Task<> read_answers(std::vector<Sent> sent);
    [[noreturn]] void throw_error_of(const Rows& failed, std::size_t index);

    Connection* connection_;
    ModuleTag module_ = nullptr;
    std::vector<Queued> queued_;
    std::shared_ptr<std::vector<Rows>> results_ = std::make_shared<std::vector<Rows>>();
};

}  // namespace gsdb::pg
