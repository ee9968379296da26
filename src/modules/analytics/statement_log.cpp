#include "modules/analytics/statement_log.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>

#include "modules/analytics/observations.hpp"
#include "modules/analytics/queries.hpp"
#include "pg/observations.hpp"

namespace gsdb::analytics {

namespace {

constexpr std::string_view overflow_name = "other";
constexpr std::size_t name_bytes_max = 120;

struct Sum {
    std::int64_t calls = 0, errors = 0, rows = 0;
    double total_ms = 0, max_ms = 0;

    void add(const Sum& other) {
        calls += other.calls;
        errors += other.errors;
        rows += other.rows;
        total_ms += other.total_ms;
        max_ms = std::max(max_ms, other.max_ms);
    }
};
using Sums = std::unordered_map<std::string, Sum>;

template <class T>
T value_of(const observe::Fields& fields, std::string_view name) {
    auto found = std::ranges::find(fields, name, &observe::Field::name);
    const T* value = found == fields.end() ? nullptr : std::get_if<T>(&found->value);
    return value ? *value : T{};
}

/// As the table takes it: statement_is_dotted_words.
bool is_dotted_words(std::string_view name) {
    char before = '.';
    for (char c : name) {
        const bool begins = before == '.';
        const bool fits = (c >= 'a' && c <= 'z') || (!begins && (c == '.' || c == '_' || (c >= '0' && c <= '9')));
        if (!fits) return false;
        before = c;
    }
    return before != '.' && name.size() <= name_bytes_max;
}

sql::LogStatements::Params parameters_of(const Sums& sums, Timestamp moment) {
    sql::LogStatements::Params all{};
    all.organization_id = OrganizationId{};
    all.measured_at = moment;
    for (const auto& [statement, sum] : sums) {
        all.statements.push_back(statement);
        all.calls.push_back(sum.calls);
        all.errors.push_back(sum.errors);
        all.total_ms.push_back(sum.total_ms);
        all.max_ms.push_back(sum.max_ms);
        all.row_counts.push_back(sum.rows);
    }
    return all;
}

}  // namespace

class StatementLog::State {
  public:
    explicit State(std::size_t statements_max) : statements_max_(statements_max) {}

    void record(const observe::Fields& fields) {
        const double ms = value_of<double>(fields, "seconds") * 1000;
        add(value_of<std::string>(fields, "statement"),
            {.calls = 1,
             .errors = value_of<std::string>(fields, "outcome") == "ok" ? 0 : 1,
             .rows = value_of<std::int64_t>(fields, "rows"),
             .total_ms = ms,
             .max_ms = ms});
    }

    void add(const std::string& statement, const Sum& sum) {
        std::lock_guard lock(mutex_);
        auto found = sums_.find(statement);
        if (found == sums_.end()) {
            const bool is_other = sums_.size() >= statements_max_ || !is_dotted_words(statement);
            found = sums_.try_emplace(is_other ? std::string(overflow_name) : statement).first;
        }
        found->second.add(sum);
    }

    Sums take() {
        std::lock_guard lock(mutex_);
        return std::exchange(sums_, {});
    }

  private:
    const std::size_t statements_max_;
    std::mutex mutex_;
    Sums sums_;
};

StatementLog::StatementLog(std::size_t statements_max) : state_(std::make_shared<State>(statements_max)) {}

observe::Sink StatementLog::sink() const {
    return [state = state_](const observe::Definition& definition, const observe::Fields& fields) {
        if (definition.name == pg::StatementRan::definition.name) state->record(fields);
    };
}

Task<std::size_t> StatementLog::flush(pg::Database<Database> database, Timestamp moment) const {
    auto state = state_;
    auto sums = state->take();
    if (sums.empty()) co_return 0;
    std::exception_ptr problem;
    try {
        const auto organization = OrganizationId{};  // of the installation as a whole
        co_await database.query<sql::LogStatements>({.organization = organization}, parameters_of(sums, moment));
    } catch (const pg::CommitOutcomeUnknown&) {
        throw;  // written or not: twice would be worse
    } catch (const std::exception&) {
        problem = std::current_exception();
    }
    if (problem) {
        for (const auto& [statement, sum] : sums) state->add(statement, sum);
        std::rethrow_exception(problem);
    }
    co_return sums.size();
}

Task<> StatementLog::keep(pg::Database<Database> database, std::chrono::seconds interval, Stop stop) const {
    auto log = *this;
    for (bool goes_on = true; goes_on;) {
        goes_on = co_await stop.sleep(interval);
        try {
            co_await log.flush(database, SystemClock().now());
        } catch (const std::exception& problem) {
            observe::emit(StatementLogDelayed{.message = problem.what()});
        }
    }
}

}  // namespace gsdb::analytics
