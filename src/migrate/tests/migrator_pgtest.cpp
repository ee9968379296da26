#include <gmock/gmock.h>

#include "base/together.hpp"
#include "migrate/migrator.hpp"
#include "migrate/tests/databases.hpp"

namespace gsdb::migrate {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* create_people = R"(-- Who there is.
create table tasks.people (id bigint primary key, name text not null);
-- migrate: rollback
drop table tasks.people;
)";

/// An installed, unmigrated unified database; one is enough for what happens inside a database.
class Migrate : public ::testing::Test {
  protected:
    Migrate() : clean_(Layout::unified("gsdb_migrate_test")) {
        Installer installer(connector(), clean_.layout(), {}, &secrets_, {});
        run_task(installer.install());
        tasks_.migration("0001_create_people.sql", create_people);
    }

    Migrator migrator(const std::vector<DemoModule*>& modules, const std::string& user = "postgres") {
        std::vector<ModuleSchema> schemas;
        std::ranges::transform(modules, std::back_inserter(schemas), &DemoModule::schema);
        return Migrator::create(connector(user), clean_.layout(), schemas).value();
    }
    Migrator migrator() { return migrator({&tasks_}); }

    MigrateOptions options() {
        return {.program_version = "1.2.3", .progress = [this](const Progress& progress) {
                    seen_.push_back(progress);
                    return Signal::proceed;
                }};
    }
    DatabaseMigration up(MigrateOptions options) { return run_task(migrator().migrate(std::move(options))).front(); }
    DatabaseMigration up() { return up(options()); }
    Error failure() { return failure_of(migrator().migrate(options())); }

    std::vector<std::string> ask(std::string sql, const std::string& user = "postgres") {
        return query(database_, std::move(sql), user);
    }
    void exec(std::string sql, const std::string& user = "postgres") { execute(database_, std::move(sql), user); }
    std::vector<std::string> versions() {
        return ask("select version || '_' || name from base.schema_migrations where module = 'tasks' order by version");
    }
    Findings findings() { return run_task(migrator().verify()); }

    const std::string database_ = "gsdb_migrate_test";
    CleanLayout clean_;
    MemorySecrets secrets_;
    DemoModule tasks_{"tasks"};
    std::vector<Progress> seen_;
};

std::vector<std::string> steps(const DatabaseMigration& migration) {
    std::vector<std::string> labels;
    std::ranges::transform(migration.applied, std::back_inserter(labels), &DatabaseMigration::Step::step);
    return labels;
}

TEST_F(Migrate, applies_in_order_records_and_then_finds_nothing_to_do) {
    tasks_.migration("0002_add_age.sql", "alter table tasks.people add column age int");
    EXPECT_THAT(steps(up()), AllOf(Contains("base 0001_create_schema_migrations"), Contains("tasks 0001_create_people"),
                                   Contains("tasks 0002_add_age")));
    EXPECT_THAT(ask("select version, name, kind, sql_text, rollback_text, applied_by, program_version, "
                    "octet_length(checksum), duration_ms >= 0, "
                    "applied_at > now() - interval '1 minute' from base.schema_migrations where module = 'tasks' and "
                    "version = 1"),
                ElementsAre(std::string("1|create_people|plain|") + create_people +
                            "|drop table tasks.people;\n|postgres|1.2.3|32|t|t"));
    EXPECT_THAT(ask("select tableowner from pg_tables where tablename = 'people'"), ElementsAre("task_owner"));
    const auto second = up();
    EXPECT_FALSE(second.changed());
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Migrate, reports_every_routine_once) {
    auto routines = up().routines;
    EXPECT_THAT(routines, Contains("base/tenant_table"));
    std::ranges::sort(routines);
    EXPECT_EQ(std::ranges::adjacent_find(routines), routines.end());
    EXPECT_THAT(ask("select count(*) from base.schema_routines"), ElementsAre(std::to_string(routines.size())));
}

TEST_F(Migrate, leaves_no_error_in_the_servers_log) {
    const auto errors = [] {
        const auto log = cluster::TestCluster::instance().server().recent_log(10'000);
        std::size_t count = 0;
        for (auto at = log.find("ERROR:"); at != log.npos; at = log.find("ERROR:", at + 1)) ++count;
        return count;
    };
    const auto before = errors();
    up();
    EXPECT_EQ(errors(), before);
    tasks_.migration("0002_broken.sql", "select nonsense");
    failure();
    EXPECT_EQ(errors(), before + 1);
}

TEST_F(Migrate, runs_all_eight_databases) {
    CleanLayout split(Layout::split());
    run_task(Installer(connector(), split.layout(), {}, &secrets_, {}).install());
    const std::vector schemas{tasks_.schema()};
    const auto split_migrator = Migrator::create(connector(), split.layout(), schemas).value();
    const auto done = run_task(split_migrator.migrate(options()));
    ASSERT_EQ(done.size(), 8);
    EXPECT_THAT(steps(done[0]), Contains("tasks 0001_create_people"));
    EXPECT_THAT(steps(done[1]), ::testing::Not(Contains("tasks 0001_create_people")));
    EXPECT_THAT(run_task(split_migrator.verify()), IsEmpty());
    const auto status = run_task(split_migrator.status());
    ASSERT_EQ(status.size(), 8);
    for (const auto& database : status) {
        EXPECT_TRUE(database.is_current()) << database.database;
        EXPECT_GT(database.size_bytes, 1'000'000);
    }
    EXPECT_THAT(status[0].modules, Contains(AllOf(Field(&ModuleStatus::module, "tasks"),
                                                  Field(&ModuleStatus::version, "0001_create_people"),
                                                  Field(&ModuleStatus::program_version, "1.2.3"))));
}

TEST_F(Migrate, takes_back_a_step_that_fails_and_names_its_line) {
    tasks_.migration(
        "0002_broken.sql",
        "-- One that works,\nalter table tasks.people add column age int;\n-- and one\nselect 1 / 0,\n   nonsense;\n");
    const auto error = failure();
    EXPECT_EQ(error.code, "migrate.failed");
    EXPECT_THAT(error.message, AllOf(HasSubstr("tasks 0002_broken"), HasSubstr(database_)));
    EXPECT_THAT(error.detail, AllOf(StartsWith("line 5: "), HasSubstr("nonsense"), HasSubstr("42703")));
    EXPECT_THAT(versions(), ElementsAre("1_create_people"));
    EXPECT_THAT(ask("select column_name from information_schema.columns where table_name = 'people' order by 1"),
                ElementsAre("id", "name"));
    tasks_.migration("0002_broken.sql", "alter table tasks.people add column age int");
    EXPECT_THAT(steps(up()), ElementsAre("tasks 0002_broken"));
}

TEST_F(Migrate, names_the_line_of_a_syntax_error_too) {
    tasks_.migration("0002_typo.sql", "select 1;\n\nselec 2;\n");
    EXPECT_THAT(failure().detail, StartsWith("line 3: "));
    EXPECT_THAT(versions(), ElementsAre("1_create_people"));
}

TEST_F(Migrate, refuses_edited_history_with_the_difference_and_newer_schemas) {
    up();
    tasks_.migration("0001_create_people.sql", "create table tasks.people (id bigint primary key);\n");
    EXPECT_THAT(failure().detail, HasSubstr("+create table tasks.people (id bigint primary key);"));
    const auto status = run_task(migrator().status());
    ASSERT_TRUE(status[0].refusal);
    EXPECT_EQ(status[0].refusal->code, "migrate.edited");
    EXPECT_THAT(findings(), Contains(Field(&Finding::code, "migrate.edited")));
    tasks_ = DemoModule("tasks");
    EXPECT_EQ(failure().code, "migrate.newer_schema");
}

TEST_F(Migrate, shows_the_plan_without_doing_anything) {
    const auto plan = run_task(migrator().plan(options())).front();
    EXPECT_THAT(plan.sql,
                AllOf(HasSubstr("-- tasks 0001_create_people\n"), HasSubstr("set local role \"task_owner\""),
                      HasSubstr("create table tasks.people"), HasSubstr("insert into base.schema_migrations")));
    EXPECT_THAT(ask("select to_regclass('base.schema_migrations')::text"), ElementsAre("null"));
    up();
    EXPECT_EQ(run_task(migrator().plan(options())).front().sql, "");
}

TEST_F(Migrate, plans_for_databases_that_do_not_exist_yet) {
    const auto absent =
        Migrator::create(connector(), Layout::unified("gsdb_absent"), std::vector{tasks_.schema()}).value();
    EXPECT_THAT(run_task(absent.plan(options())).front().sql, HasSubstr("create table tasks.people"));
    EXPECT_FALSE(run_task(absent.status()).front().exists);
    EXPECT_THAT(run_task(absent.verify()), ElementsAre(Field(&Finding::code, "schema.database_missing")));
}

TEST_F(Migrate, creates_an_extension_that_a_later_version_needs_and_refuses_an_absent_one) {
    up();
    tasks_.migration("0002_find_names.sql",
                     "-- migrate: extension=pg_trgm\ncreate index on tasks.people using gin (name gin_trgm_ops)");
    EXPECT_THAT(steps(up()), ElementsAre("tasks 0002_find_names"));
    tasks_.migration("0003_dream.sql", "-- migrate: extension=no_such_extension\nselect 1");
    const auto error = failure();
    EXPECT_EQ(error.code, "migrate.extension_missing");
    EXPECT_THAT(error.detail, HasSubstr("no_such_extension"));
}

// ---- two runners -----------------------------------------------------------------------------------------------

Task<std::vector<DatabaseMigration>> migrate_twice(const Migrator* migrator, MigrateOptions options) {
    std::vector<Task<DatabaseMigration>> runs;
    runs.push_back(migrator->migrate_database("gsdb_migrate_test", options));
    runs.push_back(migrator->migrate_database("gsdb_migrate_test", options));
    co_return co_await together(std::move(runs));
}

TEST_F(Migrate, lets_the_second_runner_wait_and_find_nothing_to_do) {
    tasks_.migration("0002_slow.sql", "select pg_sleep(0.3)");
    const auto both = migrator();
    const auto done = run_task(migrate_twice(&both, options()));
    const auto& first = done[0].changed() ? done[0] : done[1];
    const auto& second = done[0].changed() ? done[1] : done[0];
    EXPECT_THAT(steps(first), Contains("tasks 0002_slow"));
    EXPECT_FALSE(second.changed());
    EXPECT_THAT(seen_, Contains(AllOf(Field(&Progress::stage, Progress::waiting),
                                      Field(&Progress::message, HasSubstr("gsdb migrate (pid ")))));
}

Task<std::vector<DatabaseMigration>> migrate_while_locked(const Migrator* migrator, MigrateOptions options) {
    const auto other = co_await connector()("gsdb_migrate_test");
    co_await other->execute("select pg_advisory_lock($1)", pg::Parameters::of(std::int64_t{0x6773646200000001}));
    co_return co_await migrator->migrate(std::move(options));
}

TEST_F(Migrate, gives_up_waiting_for_a_runner_that_never_ends) {
    auto impatient = options();
    impatient.lock_wait_max = std::chrono::milliseconds(200);
    const auto here = migrator();
    const auto error = failure_of(migrate_while_locked(&here, impatient));
    EXPECT_EQ(error.code, "migrate.locked");
    EXPECT_EQ(error.exit_code, ExitCode::conflict);
    EXPECT_THAT(error.detail, HasSubstr("gsdb migrate (pid "));
}

// ---- locks -----------------------------------------------------------------------------------------------------

/// Begins to migrate while another transaction has the table, and lets the table go at the first retry.
class BusyTable {
  public:
    explicit BusyTable(MigrateOptions options) : options_(std::move(options)) {
        options_.progress = [this, tell = options_.progress](const Progress& progress) {
            is_retried_ = is_retried_ || progress.stage == Progress::retrying;
            return tell(progress);
        };
    }

    Task<DatabaseMigration> migrate(const Migrator* migrator) {
        other_ = co_await connector()("gsdb_migrate_test");
        co_await other_->run_script("begin; lock table tasks.people in access exclusive mode");
        std::vector<Task<DatabaseMigration>> both;
        both.push_back(migrator->migrate_database("gsdb_migrate_test", options_));
        both.push_back(let_go());
        co_return (co_await together(std::move(both))).front();
    }

  private:
    Task<DatabaseMigration> let_go() {
        while (!is_retried_) co_await other_->execute("select pg_sleep(0.02)");
        co_await other_->run_script("rollback");
        other_.reset();  // a connection must not outlive its io_context
        co_return DatabaseMigration{};
    }

    MigrateOptions options_;
    ConnectionPtr other_;
    bool is_retried_ = false;
};

TEST_F(Migrate, takes_a_step_back_while_a_lock_is_busy_and_tries_again) {
    up();
    tasks_.migration("0002_add_age.sql", "-- migrate: lock_timeout=50ms\nalter table tasks.people add column age int");
    const auto here = migrator();
    EXPECT_THAT(steps(run_task(BusyTable(options()).migrate(&here))), ElementsAre("tasks 0002_add_age"));
    EXPECT_THAT(seen_, Contains(AllOf(Field(&Progress::stage, Progress::retrying),
                                      Field(&Progress::message, HasSubstr("lock timeout")))));
}

// ---- routines --------------------------------------------------------------------------------------------------

TEST_F(Migrate, applies_routines_in_any_order_and_again_only_when_their_text_changes) {
    tasks_.routine("a_view.sql",
                   "create or replace view tasks.adults as select * from tasks.people where tasks.is_adult(id);");
    tasks_.routine("b_function.sql",
                   "create or replace function tasks.is_adult(id bigint) returns boolean language sql return id > "
                   "tasks.limit_of_age();");
    tasks_.routine("c_function.sql",
                   "create or replace function tasks.limit_of_age() returns bigint language sql return 18;");
    EXPECT_THAT(up().routines,
                AllOf(Contains("tasks/a_view"), Contains("tasks/b_function"), Contains("tasks/c_function")));
    EXPECT_FALSE(up().changed());
    tasks_.routine("c_function.sql",
                   "create or replace function tasks.limit_of_age() returns bigint language sql return 21;");
    EXPECT_THAT(findings(), ElementsAre(Field(&Finding::code, "schema.routine_pending")));
    EXPECT_THAT(up().routines, ElementsAre("tasks/c_function"));
    EXPECT_THAT(ask("select tasks.limit_of_age()"), ElementsAre("21"));
    EXPECT_THAT(ask("select pg_get_userbyid(proowner) from pg_proc where proname = 'is_adult'"),
                ElementsAre("task_owner"));
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Migrate, lets_a_migration_use_its_modules_routines) {
    tasks_.migration("0002_check_name.sql",
                     "alter table tasks.people add constraint name_is_tidy check (tasks.is_tidy(name))");
    tasks_.routine("is_tidy.sql",
                   "create or replace function tasks.is_tidy(name text) returns boolean language sql immutable return "
                   "name = btrim(name);");
    tasks_.routine("tidy_people.sql",
                   "create or replace view tasks.tidy_people as select * from tasks.people where tasks.is_tidy(name);");
    EXPECT_THAT(steps(up()), Contains("tasks 0002_check_name"));
    EXPECT_THAT(ask("select count(*) from tasks.tidy_people"), ElementsAre("0"));
    EXPECT_FALSE(up().changed());
}

TEST_F(Migrate, names_the_routine_and_line_that_fails) {
    tasks_.routine("fine.sql", "create or replace function tasks.fine() returns int language sql return 1;");
    tasks_.routine("typo.sql",
                   "-- A comment.\ncreate or replace function tasks.typo() returns int\n    langage sql return 1;");
    const auto error = failure();
    EXPECT_THAT(error.message, HasSubstr("routine tasks/typo.sql"));
    EXPECT_THAT(error.detail, HasSubstr("line 3: "));
    tasks_.routine("typo.sql", "create or replace view tasks.typo as select * from tasks.absent;");
    const auto missing = failure();
    EXPECT_THAT(missing.message, HasSubstr("routine tasks/typo.sql"));
    EXPECT_THAT(missing.detail, HasSubstr("tasks.absent"));
}

// ---- outside a transaction -------------------------------------------------------------------------------------

constexpr const char* build_index =
    "-- migrate: transaction=off\ncreate index concurrently people_name_idx on tasks.people (name);\n";

TEST_F(Migrate, builds_an_index_concurrently) {
    tasks_.migration("0002_index.sql", build_index);
    up();
    EXPECT_THAT(ask("select indisvalid from pg_index where indexrelid = 'tasks.people_name_idx'::regclass"),
                ElementsAre("t"));
    EXPECT_THAT(ask("select pg_get_userbyid(relowner) from pg_class where relname = 'people_name_idx'"),
                ElementsAre("task_owner"));
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Migrate, repairs_an_index_that_an_interrupted_run_left_invalid) {
    up();
    exec("insert into tasks.people values (1, 'same'), (2, 'same')");
    tasks_.migration(
        "0002_index.sql",
        "-- migrate: transaction=off\ncreate unique index concurrently people_name_idx on tasks.people (name);\n");
    EXPECT_THAT(failure().detail, HasSubstr("23505"));
    EXPECT_THAT(ask("select indisvalid from pg_index where indexrelid = 'tasks.people_name_idx'::regclass"),
                ElementsAre("f"));
    EXPECT_THAT(findings(), Contains(Field(&Finding::code, "schema.invalid_index")));
    exec("delete from tasks.people where id = 2");
    EXPECT_THAT(steps(up()), ElementsAre("tasks 0002_index"));
    EXPECT_THAT(ask("select indisvalid from pg_index where indexrelid = 'tasks.people_name_idx'::regclass"),
                ElementsAre("t"));
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Migrate, finishes_a_concurrent_step_that_was_killed_before_its_record) {
    up();
    exec("create index people_name_idx on tasks.people (name)");
    tasks_.migration("0002_index.sql", build_index);
    EXPECT_THAT(steps(up()), ElementsAre("tasks 0002_index"));
}

// ---- rollback --------------------------------------------------------------------------------------------------

TEST_F(Migrate, undoes_the_last_step_with_its_recorded_rollback) {
    up();
    const auto planned = run_task(migrator().plan_rollback("tasks"));
    EXPECT_EQ(planned.step, "tasks 0001_create_people");
    EXPECT_EQ(planned.sql, "drop table tasks.people;\n");
    EXPECT_THAT(versions(), SizeIs(1));
    run_task(migrator().rollback("tasks", options()));
    EXPECT_THAT(versions(), IsEmpty());
    EXPECT_THAT(ask("select to_regclass('tasks.people')::text"), ElementsAre("null"));
    EXPECT_THAT(steps(up()), ElementsAre("tasks 0001_create_people"));
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Migrate, undoes_a_step_that_this_program_does_not_know) {
    up();
    tasks_ = DemoModule("tasks");
    EXPECT_EQ(failure().code, "migrate.newer_schema");
    run_task(migrator().rollback("tasks", options()));
    EXPECT_FALSE(up().changed());
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Migrate, refuses_to_undo_what_cannot_be_undone) {
    EXPECT_EQ(failure_of(migrator().rollback("tasks", options())).code, "migrate.nothing_applied");
    tasks_.migration("0002_one_way.sql", "alter table tasks.people drop column name");
    up();
    const auto error = failure_of(migrator().rollback("tasks", options()));
    EXPECT_EQ(error.code, "migrate.no_rollback");
    EXPECT_THAT(error.message, HasSubstr("tasks 0002_one_way"));
    EXPECT_EQ(failure_of(migrator().rollback("base", options())).code, "migrate.no_such_module");
    EXPECT_EQ(failure_of(migrator().rollback("nonsense", options())).code, "migrate.no_such_module");
    EXPECT_THAT(versions(), SizeIs(2));
}

// ---- verify ----------------------------------------------------------------------------------------------------

TEST_F(Migrate, names_every_object_that_drifted) {
    tasks_.routine("f.sql", "create or replace function tasks.f() returns int language sql return 1;");
    up();
    exec(
        "alter table tasks.people alter column name drop not null; create index by_hand on tasks.people (name); "
        "alter table tasks.people add column extra int default 3; create or replace function tasks.f() returns int "
        "language sql return 2; "
        "alter table tasks.people drop constraint people_pkey; alter table tasks.people enable row level security");
    std::vector<std::string> objects;
    for (const auto& finding : findings()) {
        EXPECT_EQ(finding.code, "schema.drift");
        objects.push_back(finding.object);
    }
    EXPECT_THAT(objects, ::testing::UnorderedElementsAre("column tasks.people.name", "index tasks.by_hand",
                                                         "column tasks.people.extra", "function tasks.f()",
                                                         "constraint tasks.people.people_pkey",
                                                         "index tasks.people_pkey", "table tasks.people"));
    EXPECT_FALSE(run_task(migrator().status()).front().is_current());
}

TEST_F(Migrate, takes_partitions_and_extensions_for_no_drift) {
    tasks_.migration("0002_events.sql", "create table tasks.events (at timestamptz not null) partition by range (at)");
    up();
    exec(
        "create table tasks.events_2026 partition of tasks.events for values from ('2026-01-01') to ('2027-01-01'); "
        "create index on tasks.events_2026 (at); create extension hstore schema tasks");
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Migrate, reports_what_is_pending) {
    up();
    tasks_.migration("0002_add_age.sql", "alter table tasks.people add column age int");
    tasks_.migration("0003_drop_age.sql", "-- migrate: kind=contract\nalter table tasks.people drop column age");
    EXPECT_THAT(findings(),
                ElementsAre(AllOf(Field(&Finding::code, "schema.pending"),
                                  Field(&Finding::object, "migration tasks 0002_add_age")),
                            AllOf(Field(&Finding::code, "schema.held"), Field(&Finding::severity, Severity::info))));
    EXPECT_THAT(run_task(migrator().status()).front().modules.back().pending,
                ElementsAre("0002_add_age", "0003_drop_age"));
}

}  // namespace
}  // namespace gsdb::migrate
