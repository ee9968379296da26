// gsdb db generate on the real modules, in both layouts.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "app/module_list.hpp"
#include "base/run_task.hpp"
#include "cluster/test_cluster.hpp"
#include "migrate/generator.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::app {
namespace {

using migrate::GenerateOptions;
using migrate::Layout;

migrate::Connector connector() {
    return migrate::connector_to(pg::ConnectOptions::parse(cluster::TestCluster::instance().conninfo("postgres")));
}

Task<std::vector<std::vector<std::string>>> rows_task(std::string database, std::string sql) {
    const auto connection = co_await connector()(std::move(database));
    const auto rows = co_await connection->execute(std::move(sql), {}, pg::Format::text);
    std::vector<std::vector<std::string>> lines(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (std::size_t column = 0; column < rows.column_count(); ++column)
            lines[row].emplace_back(rows.text(row, column).value_or("null"));
    co_return lines;
}

/// A layout of the product on the test server, dropped in the end.
class Installation {
  public:
    explicit Installation(Layout layout) : layout_(std::move(layout)) {
        drop();
        migrate::FileSecretStore secrets(folder_.path());
        run_task(migrate::Installer(connector(), layout_, schemas_, &secrets, {}).install());
        run_task(value_or_throw(migrate::Migrator::create(connector(), layout_, schemas_))
                     .migrate({.program_version = "test"}));
    }
    ~Installation() {
        try {
            drop();
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
    }
    Installation(const Installation&) = delete;
    Installation& operator=(const Installation&) = delete;

    std::vector<migrate::GeneratedModule> generate(GenerateOptions options) const {
        return run_task(migrate::generate(connector(), layout_, schemas_, std::move(options)));
    }

    std::vector<std::vector<std::string>> rows(std::string_view schema, const std::string& sql) const {
        return run_task(rows_task(layout_.target_of_schema(schema)->database, sql));
    }
    int count(std::string_view schema, const std::string& from) const {
        return std::stoi(rows(schema, "select count(*) from " + from)[0][0]);
    }

    /// Of each table the number and a digest of the rows that do not come with the installation.
    std::map<std::string, std::string> contents() const {
        std::map<std::string, std::string> contents;
        for (const auto& module : schemas_)
            for (const auto& schema : module.schemas) {
                std::string all;
                for (const auto& table :
                     rows(schema, fmt::format("select format('%I.%I', relnamespace::regnamespace, relname) from "
                                              "pg_class where relkind in ('r', 'p') and not relispartition "
                                              "and relnamespace = {}::regnamespace",
                                              migrate::quote_literal(schema))))
                    all += fmt::format(
                        "{0}select '{1}', count(*) || ' ' || coalesce(md5(string_agg(md5(r::text), '' order by "
                        "md5(r::text))), '') "
                        "from (select to_jsonb(t) - 'updated_at' as r from {1} t) x "
                        "where base.default_organization_id()::text <> all (array[coalesce(r ->> 'organization_id', "
                        "''), coalesce(r ->> 'id', '')])",
                        all.empty() ? "" : " union all ", table[0]);
                for (const auto& row : rows(schema, all)) contents[row[0]] = row[1];
            }
        return contents;
    }

  private:
    void drop() const {
        for (const auto& target : layout_.targets()) run_task(drop_task(target.database));
    }
    static Task<> drop_task(std::string database) {
        const auto connection = co_await connector()("postgres");
        co_await connection->run_script("drop database if exists \"" + database + "\" with (force)");
    }

    cluster::TestFolder folder_{"generate"};
    std::vector<migrate::ModuleSchema> schemas_ = module_schemas();
    Layout layout_;
};

GenerateOptions small(std::int64_t seed = 7) {
    return {.scale = 0.002, .seed = seed, .days = 30, .until = "2026-01-31T00:00:00Z"};
}

std::string code_of_failure(const Installation& installation, GenerateOptions options) {
    try {
        installation.generate(std::move(options));
    } catch (const Failure& failure) {
        return failure.error().code;
    }
    return "none";
}

void expect_sizes(const Installation& there) {
    EXPECT_NEAR(there.count("events", "events.events"), 20000, 5);
    EXPECT_NEAR(there.count("events", "events.event_keys"), 20000 * 8 / 30, 5);
    EXPECT_NEAR(there.count("analytics", "analytics.metrics"), 4000, 5);
    EXPECT_NEAR(there.count("tasks", "tasks.tasks"), 2000, 5);
    EXPECT_NEAR(there.count("tasks", "tasks.task_dependencies"), 6000, 200);
    EXPECT_NEAR(there.count("codebase", "codebase.blob_elements"), 1000, 100);
    EXPECT_NEAR(there.count("codebase", "codebase.symbols where origin = 'codebase'"), 1040, 100);
    EXPECT_NEAR(there.count("codebase", "codebase.relationships where last_run is null"), 6200, 1000);
    EXPECT_NEAR(there.count("prompts", "prompts.executions"), 600, 5);
}

void expect_graph(const Installation& there) {
    EXPECT_EQ(there.count("codebase",
                          "codebase.symbols where id <> codebase.symbol_id(case origin when 'codebase' then "
                          "codebase_id::text when 'package' then ecosystem || ':' || package else language end, path, "
                          "kind, qualified_name, overload)"),
              0);
    for (const auto end : {"source_id", "target_id"})
        EXPECT_EQ(there.count("codebase", fmt::format("codebase.relationships r where not exists (select from "
                                                      "codebase.symbols s where s.organization_id = "
                                                      "r.organization_id and s.id = r.{})",
                                                      end)),
                  0)
            << end;
    EXPECT_EQ(there.count("codebase", "codebase.issues i where symbol_id not in (select id from codebase.symbols)"), 0);
    EXPECT_EQ(there.rows("codebase",
                         "select max(fan_in) > 4 * avg(fan_in) from (select count(distinct source_id) as fan_in from "
                         "codebase.relationships where last_run is null and kind in ('call', 'instantiate') group by "
                         "target_id) f")[0][0],
              "t")
        << "few are called by many";
}

void expect_sense(const Installation& there) {
    EXPECT_EQ(there.count("tasks", "tasks.task_dependencies where predecessor_id >= successor_id"), 0)
        << "ids are in the order of time: no circle";
    EXPECT_EQ(there.count("events", "events.events_default"), 0) << "every event has its month's partition";
    EXPECT_EQ(there.count("events",
                          "events.deliveries d where not exists (select from events.events e where e.organization_id = "
                          "d.organization_id and e.id = d.event_id)"),
              0);
    EXPECT_EQ(there.rows("events",
                         "select sum(event_count) = (select count(*) from events.events) from "
                         "events.event_aggregations where period = interval '1 day'")[0][0],
              "t");
    const auto sizes =
        there.rows("events", "select count(*) from events.events group by organization_id order by 1 desc");
    EXPECT_GT(std::stol(sizes.front()[0]), 3 * std::stol(sizes.back()[0])) << "organizations are of skewed size";
}

/// What one module's rows say of another's; only where both can be asked at once.
void expect_references(const Installation& unified) {
    EXPECT_EQ(unified.count("tasks", "tasks.tasks t where project_id not in (select id from projects.projects)"), 0);
    EXPECT_EQ(unified.count("tasks", "tasks.tasks t where assignee_id not in (select id from identity.users)"), 0);
    EXPECT_EQ(
        unified.count(
            "tasks", "tasks.tasks t where workflow_execution_id not in (select id from workflows.workflow_executions)"),
        0);
    EXPECT_EQ(unified.count("prompts", "prompts.executions where task_id not in (select id from tasks.tasks)"), 0);
}

void expect_integrity(const Installation& there) {
    for (const std::string schema : {"codebase", "events", "tasks", "prompts", "analytics", "learning", "workflows"})
        for (const auto& check : there.rows(schema,
                                            "select check_name, violations from base.data_integrity_checks() "
                                            "where status not in ('ok', 'not_checked')"))
            ADD_FAILURE() << schema << ": " << check[0] << ' ' << check[1];
}

std::string at_end_of_data(std::string values) {
    static const auto end = migrate::quote_literal(small().until) + "::timestamptz";
    for (auto at = values.find("now()"); at != std::string::npos; at = values.find("now()", at))
        values.replace(at, 5, end);
    return values;
}

/// Each query of the workload finds values in the data.
void expect_values(const Installation& there) {
    for (const auto& module : module_schemas()) {
        const auto file = std::filesystem::path("src/modules") / module.name / "sql/workload.sql";
        if (!std::filesystem::exists(file)) continue;
        std::ifstream stream(file);
        for (std::string line; std::getline(stream, line);)
            if (constexpr std::string_view marker = "-- values: "; line.starts_with(marker))
                EXPECT_GT(there.count(module.name, fmt::format("({}) v", at_end_of_data(line.substr(marker.size())))),
                          0)
                    << line;
    }
}

void expect_care(const Installation& there) {
    for (const auto& module : there.generate(small())) EXPECT_TRUE(module.was_there) << module.module;
    EXPECT_EQ(code_of_failure(there, small(8)), "generate.other_data");
    std::stop_source stopped;
    stopped.request_stop();
    auto cancelled = small(8);
    cancelled.beside = true;
    cancelled.stop = stopped.get_token();
    const auto before = there.contents();
    EXPECT_EQ(code_of_failure(there, cancelled), "generate.cancelled");
    EXPECT_EQ(there.contents(), before) << "nothing of a cancelled run stays";
}

TEST(Generate, MakesTheSameRowsInBothLayouts) {
    std::map<std::string, std::string> in_split;
    {
        const Installation split(Layout::split());
        for (const auto& module : split.generate(small())) EXPECT_GT(module.rows, 0) << module.module;
        expect_sizes(split);
        expect_sense(split);
        expect_graph(split);
        expect_integrity(split);
        expect_values(split);
        in_split = split.contents();
    }
    const Installation unified(Layout::unified());
    unified.generate(small());
    for (const auto& [table, digest] : unified.contents()) EXPECT_EQ(digest, in_split[table]) << table;
    expect_sense(unified);
    expect_references(unified);
    expect_integrity(unified);
    expect_care(unified);
}

}  // namespace
}  // namespace gsdb::app
