// A change without downtime, from end to end: programs of before and after write all the time, the backfill is killed,
// paused and resumed, and in the end no row is lost or stale.

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "migrate/tests/child_process.hpp"
#include "migrate/tests/module_folder.hpp"

namespace gsdb::migrate {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* database = "gsdb_backfill_test";
constexpr int rows_at_first = 6000;

constexpr const char* create_people = R"(
create table tasks.people (id bigint primary key, name text, title text);
grant select, insert, update, delete on tasks.people to task_user;
)";

constexpr const char* expand = R"(-- A person's name is split, and the title is renamed.
-- migrate: kind=expand
alter table tasks.people add column first_name text, add column last_name text, add column job_title text;
select base.dual_write('tasks.people', 'name', 'first_name', forward => $$split_part(new.name, ' ', 1)$$);
select base.dual_write('tasks.people', 'name', 'last_name', forward => $$split_part(new.name, ' ', 2)$$);
select base.dual_write('tasks.people', 'title', 'job_title', backward => 'new.job_title');
)";

constexpr const char* backfill = R"(-- migrate: kind=backfill batch_size=100
with batch as (
    select id from tasks.people where :cursor is null or id > (:cursor ->> 'id')::bigint order by id limit :batch_size for update
), filled as (
    update tasks.people p
    set first_name = split_part(p.name, ' ', 1), last_name = split_part(p.name, ' ', 2), job_title = p.title
    from batch b where p.id = b.id
)
select count(*), jsonb_build_object('id', max(id)) from batch;
-- migrate: total
select count(*) from tasks.people;
-- migrate: verify
select count(*) from tasks.people
where first_name is distinct from split_part(name, ' ', 1) or last_name is distinct from split_part(name, ' ', 2)
   or job_title is distinct from title;
)";

constexpr const char* switch_over = R"(-- migrate: kind=switch
alter table tasks.people add constraint is_split check (first_name is not null and last_name is not null) not valid;
alter table tasks.people validate constraint is_split;
)";

constexpr const char* contract = R"(-- migrate: kind=contract
select base.end_dual_write('tasks.people', 'first_name');
select base.end_dual_write('tasks.people', 'last_name');
select base.end_dual_write('tasks.people', 'job_title');
alter table tasks.people drop column name, drop column title;
)";

/// What a writer knows of its rows at any time: who they are, with which title.
struct Person {
    std::string name, title;
    bool operator==(const Person&) const = default;
};
using People = std::map<std::int64_t, Person>;

/// Inserts, changes and deletes its own rows (those whose id leaves `remainder` when divided by `writers`) until told
/// to stop, and keeps account of them.
class Writer {
  public:
    static constexpr int writers = 3;

    Writer(int remainder, unsigned seed, People people)
        : remainder_(remainder), random_(seed), people_(std::move(people)) {
        thread_ = std::thread([this] { run_task(write()); });
    }
    ~Writer() { stop(); }

    const People& stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        return people_;
    }
    int writes() const { return writes_; }

    /// From now on it is a program of after, which knows only the new name of the title.
    void upgrade() { upgraded_ = true; }

  private:
    Task<> write() {
        const auto connection = co_await connector("task_user")(database);
        while (!stopping_) {
            co_await write_once(connection.get());
            ++writes_;
        }
    }

    Task<> write_once(pg::Connection* connection) {
        const auto title_column = upgraded_ ? "job_title" : "title";
        const auto id = static_cast<std::int64_t>(random_() % (rows_at_first * 3 / 2) * writers) + remainder_;
        const auto number = std::to_string(random_() % 1000);
        const auto found = people_.find(id);
        if (found == people_.end()) {
            const Person person{"New" + number + " Comer", "t" + number};
            co_await connection->execute(
                std::string("insert into tasks.people (id, name, ") + title_column + ") values ($1, $2, $3)",
                pg::Parameters::of(id, person.name, person.title));
            people_[id] = person;
        } else if (random_() % 4 == 0) {
            co_await connection->execute("delete from tasks.people where id = $1", pg::Parameters::of(id));
            people_.erase(id);
        } else if (random_() % 2 == 0) {
            const auto name = "Re" + number + " Named" + number;
            co_await connection->execute("update tasks.people set name = $2 where id = $1",
                                         pg::Parameters::of(id, name));
            people_[id].name = name;
        } else {
            co_await connection->execute(std::string("update tasks.people set ") + title_column + " = $2 where id = $1",
                                         pg::Parameters::of(id, number));
            people_[id].title = number;
        }
    }

    int remainder_;
    std::mt19937 random_;
    People people_;
    std::atomic<bool> stopping_ = false, upgraded_ = false;
    std::atomic<int> writes_ = 0;
    std::thread thread_;
};

class BackfillEndToEnd : public ::testing::Test {
  protected:
    BackfillEndToEnd() : clean_(Layout::unified(database)), folder_("backfill") {
        fs::create_directories(folder_.path() / "modules/tasks/sql/migrations");
        FileSecretStore secrets(folder_.path() / "secrets");
        run_task(Installer(connector(), clean_.layout(), {}, &secrets, {}).install());
    }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_.path() / "modules/tasks/sql/migrations" / name) << text;
    }
    std::vector<std::string> process_arguments() {
        return {cluster::TestCluster::instance().conninfo(), database, folder_.path() / "modules",
                folder_.path() / "secrets"};
    }
    Task<std::vector<DatabaseMigration>> up_task(MigrateOptions options) {
        modules_ = read_modules(folder_.path() / "modules");
        migrator_ = Migrator::create(connector(), clean_.layout(), schemas_of(modules_)).value();
        return migrator_->migrate(std::move(options));
    }
    DatabaseMigration up(MigrateOptions options = {}) { return run_task(up_task(std::move(options))).front(); }
    static std::vector<std::string> ask(std::string sql) { return query(database, std::move(sql)); }
    static std::int64_t rows_recorded() {
        const auto rows = ask("select rows_done from base.migration_progress where module = 'tasks'");
        return rows.empty() ? 0 : std::stoll(rows.front());
    }

    CleanLayout clean_;
    cluster::TestFolder folder_;
    std::vector<ModuleFolder> modules_;
    std::optional<Migrator> migrator_;
};

TEST_F(BackfillEndToEnd, loses_no_row_and_leaves_none_stale) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    write("0001_create_people.sql", create_people);
    ASSERT_TRUE(MigrateProcess(process_arguments()).wait());
    execute(database, "insert into tasks.people select id, 'First' || id || ' Last', 'title' from generate_series(0, " +
                          std::to_string(rows_at_first - 1) + ") as id");
    std::vector<People> shares(Writer::writers);
    for (std::int64_t id = 0; id < rows_at_first; ++id)
        shares[static_cast<std::size_t>(id % Writer::writers)][id] = {"First" + std::to_string(id) + " Last", "title"};
    std::vector<std::unique_ptr<Writer>> writers;
    writers.reserve(Writer::writers);
    for (int i = 0; i < Writer::writers; ++i)
        writers.push_back(
            std::make_unique<Writer>(i, seed + static_cast<unsigned>(i), shares[static_cast<std::size_t>(i)]));

    // Expand and backfill, killed in the middle.
    write("0002_expand_people.sql", expand);
    write("0003_fill_people.sql", backfill);
    write("0004_switch_people.sql", switch_over);
    write("0005_drop_name.sql", contract);
    {
        MigrateProcess process(process_arguments());
        for (int batch = 0; batch < 5; ++batch) ASSERT_TRUE(process.next_line());
        process.kill();
    }
    const auto rows_before = rows_recorded();
    EXPECT_GE(rows_before, 400);
    EXPECT_THAT(ask("select max(version) from base.schema_migrations where module = 'tasks'"), ElementsAre("2"));

    // Resumed where it stopped, now beside a program of after; then paused.
    writers.back()->upgrade();
    std::vector<std::int64_t> seen;
    const auto paused = up({.program_version = "2", .progress = [&](const Progress& progress) {
                                if (progress.stage == Progress::batch) seen.push_back(progress.rows_done);
                                return seen.size() == 3 ? Signal::pause : Signal::proceed;
                            }});
    EXPECT_TRUE(paused.paused);
    ASSERT_EQ(seen.size(), 3);
    EXPECT_GT(seen.front(), rows_before);
    EXPECT_LE(seen.front(), rows_before + 200);  // the killed one may have committed one more batch
    const auto findings = run_task(migrator_->verify());
    EXPECT_THAT(findings, ::testing::Contains(::testing::Field(&Finding::code, "schema.backfill_unfinished")));
    EXPECT_EQ(run_task(migrator_->status()).front().modules.back().backfill->rows_done, rows_recorded());

    // To the end, but for the contract.
    const auto done = up({.program_version = "2"});
    EXPECT_FALSE(done.paused);
    ASSERT_EQ(done.held.size(), 1);
    EXPECT_EQ(done.held.front().step, "tasks 0005_drop_name");
    EXPECT_THAT(
        ask("select finished_at is not null, rows_estimated > 0 from base.migration_progress where module = 'tasks'"),
        ElementsAre("t|t"));

    People expected;
    for (auto& writer : writers) {
        expected.merge(People(writer->stop()));
        EXPECT_GT(writer->writes(), 20);
    }
    People actual;
    for (const auto& line : ask("select id, name, title from tasks.people")) {
        const auto bar = line.find('|'), next = line.rfind('|');
        actual[std::stoll(line)] = {line.substr(bar + 1, next - bar - 1), line.substr(next + 1)};
    }
    EXPECT_EQ(actual, expected);
    EXPECT_THAT(ask("select count(*) from tasks.people where first_name is distinct from split_part(name, ' ', 1) or "
                    "last_name is distinct from split_part(name, ' ', 2) or job_title is distinct from title"),
                ElementsAre("0"));

    // A writer that went round the trigger stops the contract; without one it runs.
    execute(database,
            "set session_replication_role = replica; update tasks.people set name = 'Sly Dog' where id = (select "
            "min(id) from tasks.people)");
    const auto refused = failure_of(up_task({.program_version = "2", .allow_contract = true}));
    EXPECT_EQ(refused.code, "migrate.backfill_incomplete");
    EXPECT_THAT(refused.detail, HasSubstr("0003_fill_people left 1 rows"));
    execute(database, "update tasks.people set first_name = 'Sly', last_name = 'Dog' where name = 'Sly Dog'");
    up({.program_version = "2", .allow_contract = true});
    EXPECT_THAT(ask("select string_agg(column_name, ' ' order by ordinal_position) from information_schema.columns "
                    "where table_name = 'people'"),
                ElementsAre("id first_name last_name job_title"));
    EXPECT_THAT(run_task(migrator_->verify()), IsEmpty());
}

TEST_F(BackfillEndToEnd, ends_with_words_when_a_writer_keeps_making_rows_stale) {
    write("0001_create_people.sql", create_people);
    up();
    execute(database, "insert into tasks.people values (1, 'A B', 'c')");
    write("0002_expand_people.sql", "-- migrate: kind=expand\nalter table tasks.people add column first_name text");
    write("0003_fill_people.sql",
          "-- migrate: kind=backfill\nselect count(*), jsonb_build_object('id', max(id)) from (select id from "
          "tasks.people where "
          ":cursor is null or id > (:cursor ->> 'id')::bigint order by id limit :batch_size) as batch;\n"
          "-- migrate: verify\nselect count(*) from tasks.people where first_name is null;\n");
    const auto error = failure_of(up_task({}));
    EXPECT_EQ(error.code, "migrate.backfill_stale");
    EXPECT_THAT(error.hint, HasSubstr("dual write"));
    EXPECT_THAT(run_task(migrator_->status()).front().modules.back().backfill->last_error,
                ::testing::Optional(HasSubstr("1 rows are still")));
}

TEST_F(BackfillEndToEnd, refuses_a_statement_that_does_not_tell_its_cursor) {
    write("0001_create_people.sql", create_people);
    write("0002_fill_people.sql",
          "-- migrate: kind=backfill\nselect 1, null where :cursor is null or :batch_size > 0;\n-- migrate: "
          "verify\nselect 0;\n");
    EXPECT_EQ(failure_of(up_task({})).code, "migrate.backfill_result");
    write("0002_fill_people.sql",
          "-- migrate: kind=backfill\nselect 1 / 0, null where :cursor is null or :batch_size > 0;\n-- migrate: "
          "verify\nselect 0;\n");
    const auto error = failure_of(up_task({}));
    EXPECT_EQ(error.code, "migrate.failed");
    EXPECT_THAT(error.detail, HasSubstr("division by zero"));
}

}  // namespace
}  // namespace gsdb::migrate
