#include "modules/tasks/executors/sql_statement.hpp"

#include <fmt/format.h>

#include "modules/tasks/executors/configuration.hpp"
#include "pg/transaction.hpp"

namespace gsdb::tasks {

namespace json = boost::json;

namespace {

constexpr std::size_t rows_bytes_max = 1 << 20;
constexpr std::int64_t rows_most = 100'000;
constexpr std::int64_t page = 100;

std::optional<std::string> parameter_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return std::nullopt;
        case json::kind::string:
            return std::string(value.get_string());
        default:
            return json::serialize(value);
    }
}

/// The query's rows as JSON, made by the server: numbers keep all their digits. The line end closes a comment.
std::string cursor_text(std::string statement) {
    const auto end = statement.find_last_not_of("; \t\r\n");
    if (end != std::string::npos) statement.resize(end + 1);
    return fmt::format("declare gsdb_task no scroll cursor for select row_to_json(q)::text from (\n{}\n) q", statement);
}

pg::Parameters bind(const SqlStatement& wanted) {
    pg::Parameters parameters;
    for (const auto& value : wanted.parameters) parameters.add(value);
    return parameters;
}

/// Rows up to the bounds.
class Output {
  public:
    explicit Output(std::int64_t rows_max) : rows_max_(rows_max) {}

    bool is_full() const { return is_cut_; }
    void add(std::string_view row) {
        if (is_cut_ || count_ == rows_max_ || rows_.size() + row.size() > rows_bytes_max) {
            is_cut_ = true;
            return;
        }
        if (count_ > 0) rows_ += ',';
        rows_ += row;
        ++count_;
    }
    std::string text() const {
        return fmt::format(R"({{"rows":[{}],"row_count":{},"is_cut":{}}})", rows_, count_, is_cut_);
    }

  private:
    std::int64_t rows_max_, count_ = 0;
    std::string rows_;
    bool is_cut_ = false;
};

Task<std::string> read_rows(pg::Connection* connection, const SqlStatement* wanted, OrganizationId organization) {
    auto tx =
        co_await pg::Transaction::begin(*connection, {.organization = organization, .access = pg::Access::read_only});
    co_await tx.execute(cursor_text(wanted->statement), bind(*wanted), pg::Format::text);
    Output output(wanted->rows_max);
    for (bool has_more = true; has_more && !output.is_full();) {
        const auto rows = co_await tx.execute(fmt::format("fetch {} from gsdb_task", page), {}, pg::Format::text);
        for (std::size_t row = 0; row < rows.size(); ++row) output.add(rows.text(row, 0).value_or("null"));
        has_more = rows.size() == static_cast<std::size_t>(page);
    }
    co_await tx.rollback();
    co_return output.text();
}

Failed failed(const pg::SqlError& error) {
    const auto state = error.sqlstate();
    // What is wrong with the statement, its values or what it may do stays wrong.
    const bool is_its_own = state.starts_with("42") || state.starts_with("22") || state.starts_with("0A") ||
                            state.starts_with("25") || state.starts_with("3D") || state.starts_with("28");
    const auto& facts = error.facts();
    return {.error_class = error.is_deadline_exceeded() ? "timeout"
                           : is_its_own                 ? "invalid_input"
                           : error.is_unavailable()     ? "unavailable"
                                                        : "sql_error",
            .error_message =
                fmt::format("{} ({}){}{}", facts.message, state, facts.detail.empty() ? "" : ": ", facts.detail),
            .is_retried = is_its_own && !error.is_deadline_exceeded() ? std::optional(false) : std::nullopt};
}

Task<HandlerResult> ask(ReaderLogin login, std::shared_ptr<Attempt> attempt) {
    const auto& task = attempt->task();
    try {
        const auto wanted = read_sql_statement(task.configuration);
        auto options = login(wanted.database);
        if (!options) throw InvalidInput(fmt::format("there is no database {}", wanted.database));
        options->statement_deadline = task.timeout;
        const auto connection = co_await pg::Connection::open(std::move(*options));
        const std::stop_callback stopping(attempt->stop(), [&connection] { connection->cancel(); });
        auto output = co_await read_rows(connection.get(), &wanted, task.key.organization_id);
        co_return HandlerResult{.end = Succeeded{.output = std::move(output)}};
    } catch (const InvalidInput& problem) {
        co_return HandlerResult{.end = problem.failed()};
    } catch (const pg::SqlError& error) {
        co_return HandlerResult{.end = failed(error)};
    }
}

}  // namespace

SqlStatement read_sql_statement(const std::string& configuration) {
    Configuration from("configuration", configuration);
    SqlStatement wanted{.database = from.text("database"), .statement = from.text("statement"), .parameters = {}};
    if (const auto* const values = from.any("parameters")) {
        if (!values->is_array()) from.refuse("parameters", "are not an array");
        for (const auto& value : values->get_array()) wanted.parameters.push_back(parameter_of(value));
    }
    wanted.rows_max = from.number("rows_max", 1, rows_most).value_or(wanted.rows_max);
    from.finish();
    return wanted;
}

Handler sql_handler(ReaderLogin login) {
    return [login = std::move(login)](std::shared_ptr<Attempt> attempt) { return ask(login, std::move(attempt)); };
}

}  // namespace gsdb::tasks
