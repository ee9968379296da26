#include "migrate/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "base/together.hpp"
#include "migrate/session.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

using Clock = std::chrono::steady_clock;

/// What stands behind `-- name:` on a line of the text, or nothing.
std::string_view comment_value(std::string_view text, std::string_view name) {
    const auto marker = fmt::format("-- {}:", name);
    const auto at = text.find(marker);
    if (at == std::string_view::npos) return {};
    const auto begin = at + marker.size();
    return text.substr(begin, text.find('\n', begin) - begin);
}

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    while (!list.empty()) {
        const auto begin = list.find_first_not_of(", ");
        if (begin == std::string_view::npos) break;
        const auto end = std::min(list.find_first_of(", ", begin), list.size());
        words.emplace_back(list.substr(begin, end - begin));
        list.remove_prefix(end);
    }
    return words;
}

std::string with_parameters(std::string_view text, const GenerateOptions& options) {
    const auto seed = std::to_string(options.seed);
    const auto scale = quote_literal(fmt::format("{}", options.scale));
    const auto days = std::to_string(options.days);
    const auto until = quote_literal(options.until);
    return replace_parameters(text, {{"seed", seed}, {"scale", scale}, {"days", days}, {"until", until}});
}

/// A module to fill: where, with what, and whether it is full already.
struct Job {
    const ModuleSchema* module;
    std::string database;
    GeneratorFile file;
    bool is_there = false;

    std::int64_t slices() const {
        std::int64_t sum = 0;
        for (const auto& statement : file.statements) sum += statement.slices;
        return sum;
    }
};

/// The jobs of one owner, in the order in which their rows may refer to each other.
using Chain = std::vector<Job>;

class Generation {
  public:
    Generation(Connector connect, const Layout& layout, std::span<const ModuleSchema> schemas, GenerateOptions options)
        : connect_(std::move(connect)), options_(std::move(options)) {
        std::map<const DatabaseSpec*, Chain> chains;
        for (const auto& module : schemas) {
            if (module.sql.generator.empty()) continue;
            chains[spec_of_schema(module.name)].push_back(
                {&module, layout.target_of_schema(module.name)->database, {}});
        }
        for (auto& [spec, chain] : chains) chains_.push_back(std::move(chain));
    }

    Task<std::vector<GeneratedModule>> run() {
        co_await settle_moment();
        for (auto& chain : chains_)
            for (auto& job : chain) job.file = read_generator(job.module->sql.generator, options_);
        co_await in_every_chain(&Generation::look_at);
        for (const auto& chain : chains_)
            for (const auto& job : chain) progress_.slices_total += job.is_there ? 0 : job.slices();
        co_await in_every_chain(&Generation::fill);
        co_return std::move(results_);
    }

  private:
    using Step = Task<bool> (Generation::*)(Chain*);

    Task<> in_every_chain(Step step) {
        std::vector<Task<bool>> tasks;
        for (auto& chain : chains_) tasks.push_back((this->*step)(&chain));
        co_await together(std::move(tasks));
    }

    Task<> settle_moment() {
        const auto connection = co_await connect_(chains_.front().front().database);
        const auto moment = co_await connection->execute(
            fmt::format("select to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
                        options_.until.empty() ? "date_trunc('minute', now())"
                                               : quote_literal(options_.until) + "::timestamptz"),
            {}, pg::Format::text);
        options_.until = moment.text(0, 0).value();
    }

    Task<ConnectionPtr> open(std::string database) const {
        auto connection = co_await connect_(std::move(database));
        co_await connection->run_script(with_parameters(base_schema().sql.generator, options_));
        co_return connection;
    }

    /// Whether the rows are there already; refuses other data.
    Task<bool> look_at(Chain* chain) {
        const auto connection = co_await open(chain->front().database);
        for (auto& job : *chain) {
            job.is_there = co_await has_rows(
                connection.get(),
                job.file.guards.front() +
                    " where organization_id in (select organization_id from generated_organizations)");
            if (job.is_there || options_.beside) continue;
            for (const auto& guard : job.file.guards)
                if (co_await has_rows(connection.get(), guard)) refuse_other_data(job, guard);
        }
        co_return true;
    }

    static Task<bool> has_rows(pg::Connection* connection, std::string from) {
        const auto answer = co_await connection->execute("select exists (select from " + from + ")");
        co_return answer.get<bool>(0, 0);
    }

    [[noreturn]] static void refuse_other_data(const Job& job, const std::string& guard) {
        throw Failure({.code = "generate.other_data",
                       .message = fmt::format("{} holds other data: there are rows in {}", job.database, guard),
                       .detail = "Synthetic organizations would stand beside it, and figures would be of both. Data of "
                                 "another seed or scale is other data, too.",
                       .hint = "gsdb db generate --yes, or use a server of its own.",
                       .exit_code = ExitCode::failed});
    }

    Task<bool> fill(Chain* chain) {
        const auto connection = co_await open(chain->front().database);
        bool filled = false;
        for (const auto& job : *chain) {
            const auto began = Clock::now();
            GeneratedModule result{
                .module = std::string(job.module->name), .database = job.database, .was_there = job.is_there};
            if (!job.is_there) result.rows = co_await fill_module(connection.get(), job);
            filled |= !job.is_there;
            result.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
            results_.push_back(std::move(result));
        }
        if (filled) co_await vacuum(connection.get(), *chain);
        co_return true;
    }

    Task<std::int64_t> fill_module(pg::Connection* connection, const Job& job) {
        const std::stop_callback cancel(options_.stop, [connection] { connection->cancel(); });
        std::string schemas;
        for (const auto& schema : job.module->schemas) schemas += (schemas.empty() ? "" : ", ") + quote_literal(schema);
        co_await connection->run_script(fmt::format(
            "begin; set local role {0}; set local search_path = {1}, base, public",
            quote_identifier(owner_of_schema(job.module->schemas.front())), quote_identifier(job.module->name)));
        try {
            for (const auto& statement : job.file.statements)
                for (std::int64_t slice = 1; slice <= statement.slices; ++slice)
                    co_await run_slice(connection, job, statement, slice);
        } catch (const pg::SqlError&) {
            if (options_.stop.stop_requested()) throw_cancelled();
            throw;
        }
        const auto rows = co_await connection->execute(fmt::format(
            "select coalesce(sum(n_tup_ins), 0)::bigint from pg_stat_xact_user_tables where schemaname in ({})",
            schemas));
        co_await connection->run_script("commit");
        co_return rows.get<std::int64_t>(0, 0);
    }

    Task<> run_slice(pg::Connection* connection, const Job& job, const GeneratorStatement& statement,
                     std::int64_t slice) {
        if (options_.stop.stop_requested()) throw_cancelled();
        co_await connection->run_script(fmt::format("set local generate.slice = {}; set local generate.slices = {}; {}",
                                                    slice, statement.slices, statement.sql));
        ++progress_.slices_done;
        progress_.module = job.module->name;
        if (options_.progress) options_.progress(progress_);
    }

    [[noreturn]] static void throw_cancelled() {
        throw Failure({.code = "generate.cancelled",
                       .message = "cancelled; modules that were not complete have no row",
                       .hint = "The same command goes on with what is missing.",
                       .exit_code = ExitCode::interrupted});
    }

    /// What autovacuum would come to in its time: statistics, and pages known to be visible to all.
    Task<> vacuum(pg::Connection* connection, const Chain& chain) {
        const std::stop_callback cancel(options_.stop, [connection] { connection->cancel(); });
        std::string schemas;
        for (const auto& job : chain)
            for (const auto& schema : job.module->schemas)
                schemas += (schemas.empty() ? "" : ", ") + quote_literal(schema);
        const auto tables = co_await connection->execute(
            fmt::format(
                "select oid::regclass::text from pg_class where relkind in ('r', 'p') and not relispartition and "
                "relnamespace::regnamespace::text in ({})",
                schemas),
            {}, pg::Format::text);
        for (std::size_t i = 0; i < tables.size(); ++i) {
            if (options_.stop.stop_requested()) throw_cancelled();
            co_await connection->run_script(fmt::format("vacuum (analyze) {}", *tables.text(i, 0)));
        }
    }

    Connector connect_;
    GenerateOptions options_;
    std::vector<Chain> chains_;
    GenerateProgress progress_;
    std::vector<GeneratedModule> results_;
};

}  // namespace

GeneratorFile read_generator(std::string_view text, const GenerateOptions& options) {
    GeneratorFile file{.guards = words_of(comment_value(text, "guards"))};
    if (file.guards.empty())
        throw Failure(
            {.code = "generate.no_guards", .message = "a generator file has no line `-- guards: table, ...`"});
    std::size_t end = 0;
    for (const auto& statement : split_statements(text)) {
        const auto slices = comment_value(text.substr(end, statement.offset - end), "slices");
        const auto at_scale_1 = slices.empty() ? 1.0 : std::stod(std::string(slices));
        file.statements.push_back({with_parameters(statement.text, options),
                                   std::max<std::int64_t>(1, std::llround(at_scale_1 * options.scale))});
        end = statement.offset + statement.text.size();
    }
    return file;
}

Task<std::vector<GeneratedModule>> generate(Connector connect, Layout layout, std::span<const ModuleSchema> schemas,
                                            GenerateOptions options) {
    Generation generation(std::move(connect), layout, schemas, std::move(options));
    co_return co_await generation.run();
}

}  // namespace gsdb::migrate
