// Every statement of every module against the migrated schema, in both layouts.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <set>

#include "base/error.hpp"
#include "base/run_task.hpp"
#include "cluster/test_cluster.hpp"
#include "pg/connection.hpp"
#include "queryc/describe.hpp"
#include "queryc/rules.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::queryc {

namespace json = boost::json;

namespace {

using testing::IsEmpty;

/// What row-level security does for a table, as far as a login role is concerned.
enum class Protection {
    tenant,     ///< enabled and forced: without an organization there are no rows
    reference,  ///< registered as the same for everybody
    none
};

void collect_relations(const json::value& node, std::set<std::string>& relations) {
    if (const auto* list = node.if_array()) {
        for (const auto& item : *list) collect_relations(item, relations);
    } else if (const auto* object = node.if_object()) {
        const auto* relation = object->if_contains("Relation Name");
        const auto* schema = object->if_contains("Schema");
        if (relation && schema)
            relations.insert(fmt::format("{}.{}", schema->as_string().c_str(), relation->as_string().c_str()));
        for (const auto& [key, value] : *object) collect_relations(value, relations);
    }
}

/// A connection with a login role's rights and no organization, where statements are explained.
class Inspection {
  public:
    explicit Inspection(pg::ConnectOptions login)
        : connection_(run_task_on(context_, pg::Connection::open(std::move(login)))) {
        // The generic plan keeps every table; one for NULLs alone would be cut down to nothing.
        execute("set plan_cache_mode = force_generic_plan");
    }
    ~Inspection() { connection_.reset(); }

    /// The tables of the plan. Also proves that the role may do what the statement does.
    std::set<std::string> relations(const Statement& statement) {
        if (statement.text.starts_with("call ")) return {};  // a procedure has no plan to look at
        execute("prepare inspected as " + statement.text);
        std::string nulls;
        for (std::size_t i = 0; i < statement.parameters.size(); ++i) nulls += i == 0 ? "null" : ", null";
        auto arguments = nulls.empty() ? "" : "(" + nulls + ")";
        auto rows = execute("explain (format json, verbose) execute inspected" + arguments);
        std::set<std::string> found;
        collect_relations(json::parse(std::string(*rows.text(0, 0))), found);
        execute("deallocate inspected");
        return found;
    }

    /// A partition that the statement does not name is read through its table, whose row-level security holds then.
    Protection protection(const std::string& relation, const Statement& statement) {
        const bool is_named = statement.text.contains(relation);
        auto rows = run_task_on(
            context_,
            connection_->execute(
                "select relrowsecurity and relforcerowsecurity, "
                "       exists (select from base.managed_tables m where m.relation = c.oid and m.kind = 'reference') "
                "from pg_class c where oid = case when $2 then $1::regclass else "
                "coalesce(pg_partition_root($1::regclass), "
                "$1::regclass) end",
                pg::Parameters::of(relation, is_named)));
        if (rows.get<bool>(0, 0UZ)) return Protection::tenant;
        return rows.get<bool>(0, 1UZ) ? Protection::reference : Protection::none;
    }

  private:
    pg::Rows execute(std::string sql) {
        return run_task_on(context_, connection_->execute(std::move(sql), {}, pg::Format::text));
    }

    asio::io_context context_;
    std::unique_ptr<pg::Connection> connection_;
};

/// What speaks against the scope tag; empty when it is true.
std::string scope_fault(const Statement& statement, Inspection& inspection) {
    auto relations = inspection.relations(statement);
    for (const auto& relation : relations) {
        auto protection = inspection.protection(relation, statement);
        if (statement.scope == Scope::tenant && protection == Protection::none)
            return fmt::format("a tenant statement reads or writes {}, which has no row-level security", relation);
        if (statement.scope == Scope::local && protection == Protection::tenant)
            return fmt::format("a local statement reads or writes {}, which holds tenants' rows", relation);
    }
    return "";
}

class Statements : public testing::TestWithParam<migrate::LayoutKind> {
  protected:
    std::deque<ModuleFolder> modules_ = read_module_folders();
};

TEST_P(Statements, ArePreparedAndDescribedAsTheirLockSays) {
    for (const auto& module : modules_) {
        if (!module.has_queries()) continue;
        auto statements = read_statements(module.queries());
        auto lock = read_lock(module.lock());
        EXPECT_THAT(stale_statements(statements, lock), IsEmpty()) << "repair: ./dev gen";
        const auto& database = MigratedDatabases::instance(GetParam()).target_of(module.name()).database;
        auto described = Describer(cluster::TestCluster::instance().conninfo(database)).describe(statements);
        EXPECT_THAT(differences(lock, described), IsEmpty()) << "repair: ./dev gen";
    }
}

TEST_P(Statements, HaveTrueScopesAndTheRightsTheyNeed) {
    for (const auto& module : modules_) {
        if (!module.has_queries()) continue;
        ModuleDatabase database(module.name(), GetParam());
        Inspection inspection(database.login());
        for (const auto& statement : read_statements(module.queries()))
            EXPECT_EQ(scope_fault(statement, inspection), "")
                << module.name() << " " << statement.place() << " " << statement.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Statements, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(migrate::to_string(info.param)); });

TEST(StatementTexts, KeepTheRules) {
    for (const auto& module : read_module_folders())
        if (module.has_queries())
            EXPECT_THAT(broken_rules(read_statements(module.queries())), IsEmpty()) << module.name();
}

/// Plants tables of each kind and statements with false tags, so that the test above is known to find them.
class PlantedFaults : public testing::Test {
  protected:
    void SetUp() override { run_task(plant(database_.superuser())); }
    static Task<> plant(pg::ConnectOptions options) {
        auto connection = co_await pg::Connection::open(std::move(options));
        co_await connection->run_script(R"(
            create table projects.open_things (organization_id uuid, id int);
            create table projects.hidden_things (organization_id uuid, id int);
            alter table projects.hidden_things enable row level security;
            alter table projects.hidden_things force row level security;
            create table projects.half_hidden_things (organization_id uuid, id int);
            alter table projects.half_hidden_things enable row level security;
            create table projects.parted_things (organization_id uuid, id int) partition by range (id);
            create table projects.parted_things_1 partition of projects.parted_things for values from (1) to (2);
            alter table projects.parted_things enable row level security;
            alter table projects.parted_things force row level security;
            grant select on projects.parted_things, projects.parted_things_1 to projects_user;
            create table projects.secret_things (organization_id uuid, id int);
            grant select on projects.open_things, projects.hidden_things, projects.half_hidden_things to projects_user;
        )");
    }
    std::string fault(std::string_view scope, std::string_view table) {
        auto text = fmt::format(
            "-- name: a :many\n-- scope: {}\nselect id from projects.{} where organization_id = :organization_id",
            scope, table);
        Inspection inspection(database_.login());
        return scope_fault(parse_statements(text, "a.sql").at(0), inspection);
    }

    ModuleDatabase database_{"projects"};
};

TEST_F(PlantedFaults, AreFound) {
    using testing::HasSubstr;
    EXPECT_EQ(fault("tenant", "hidden_things"), "");
    EXPECT_EQ(fault("cross", "hidden_things"), "");
    EXPECT_EQ(fault("tenant", "parted_things"), "");
    EXPECT_THAT(fault("tenant", "parted_things_1"), HasSubstr("projects.parted_things_1, which has no row-level"));
    EXPECT_EQ(fault("local", "open_things"), "");
    EXPECT_THAT(fault("tenant", "open_things"), HasSubstr("projects.open_things, which has no row-level security"));
    EXPECT_THAT(fault("tenant", "half_hidden_things"), HasSubstr("which has no row-level security")) << "not forced";
    EXPECT_THAT(fault("local", "hidden_things"), HasSubstr("which holds tenants' rows"));
    EXPECT_THAT([&] { fault("tenant", "secret_things"); }, testing::ThrowsMessage<Failure>(HasSubstr("42501")));
}

}  // namespace
}  // namespace gsdb::queryc
