// Kills the migrating program and the server at random moments: the next run completes what was begun, and verify is
// clean.

#include <gmock/gmock.h>
#include <signal.h>

#include <fstream>
#include <iostream>
#include <random>

#include "migrate/tests/child_process.hpp"
#include "migrate/tests/module_folder.hpp"

namespace gsdb::migrate {
namespace {

using namespace testing;
using std::chrono::microseconds;
using ::testing::IsEmpty;

/// Every way of applying SQL that the engine has.
void write_modules(const fs::path& folder) {
    const auto write = [&](const std::string& name, const std::string& text) {
        fs::create_directories((folder / name).parent_path());
        std::ofstream(folder / name) << text;
    };
    write("tasks/sql/migrations/0001_create_people.sql",
          "create table tasks.people (id bigint primary key, name text); insert into tasks.people select i, 'n' || i "
          "from generate_series(1, 3000) i;\n"
          "-- migrate: rollback\ndrop table tasks.people;\n");
    write("tasks/sql/migrations/0002_index_names.sql",
          "-- migrate: transaction=off\ncreate index concurrently people_name_idx on tasks.people (name);\n");
    write("tasks/sql/migrations/0003_add_length.sql",
          "-- migrate: kind=expand\nalter table tasks.people add column length int;\n");
    write("tasks/sql/migrations/0004_fill_length.sql",
          "-- migrate: kind=backfill batch_size=100\n"
          "with batch as (select id from tasks.people where :cursor is null or id > (:cursor ->> 'id')::bigint order "
          "by id limit :batch_size for update), "
          "filled as (update tasks.people p set length = length(p.name) from batch b where p.id = b.id) "
          "select count(*), jsonb_build_object('id', max(id)) from batch;\n"
          "-- migrate: verify\nselect count(*) from tasks.people where length is distinct from length(name);\n");
    write("tasks/sql/migrations/0005_require_length.sql",
          "-- migrate: kind=switch\nalter table tasks.people alter column length set not null;\n");
    write("tasks/sql/routines/a_longest.sql",
          "create or replace view tasks.longest as select * from tasks.people where length = tasks.length_max();\n");
    write("tasks/sql/routines/length_max.sql",
          "create or replace function tasks.length_max() returns int language sql stable return (select max(length) "
          "from tasks.people);\n");
    write("identity/sql/migrations/0001_create_things.sql",
          "-- migrate: extension=pg_trgm\ncreate table identity.things (a text);\n");
}

class KillChaos : public ::testing::Test {
  protected:
    KillChaos() : folder_("kill-chaos") {
        write_modules(folder_.path() / "modules");
        // A test server acknowledges before it writes. This test is about what was acknowledged.
        execute("postgres", "alter role postgres set synchronous_commit = on");
    }

    std::vector<std::string> process_arguments(const std::string& layout) {
        return {server().conninfo("postgres"), layout, folder_.path() / "modules", folder_.path() / "secrets"};
    }
    static cluster::EmbeddedCluster& server() { return cluster::TestCluster::instance().server(); }

    /// As before the very first run: no database, no role, no secret.
    void forget_everything(const Layout& layout) {
        CleanLayout(layout).drop();
        for (const auto role : product_roles())
            execute("postgres", "drop role if exists \"" + std::string(role) + "\"");
        fs::remove_all(folder_.path() / "secrets");
    }

    /// How long a run takes that nobody disturbs.
    microseconds undisturbed(const std::string& argument, const Layout& layout) {
        forget_everything(layout);
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_TRUE(MigrateProcess(process_arguments(argument)).wait());
        return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begin);
    }

    static void kill_server() {
        const auto killed = server().postmaster_pid();
        ::kill(killed, SIGKILL);
        const auto is_back = [&] {
            return server().postmaster_pid() != killed && server().status().state == cluster::ServerState::ready;
        };
        while (!is_back()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }

    void expect_all_well(const std::string& argument, const Layout& layout) {
        MigrateProcess last(process_arguments(argument));
        ASSERT_TRUE(last.wait());
        auto modules = read_modules(folder_.path() / "modules");
        const auto schemas = schemas_of(modules);
        const auto migrator = Migrator::create(connector(), layout, schemas).value();
        EXPECT_THAT(run_task(migrator.verify()), IsEmpty());
        for (const auto& done : run_task(migrator.migrate({}))) EXPECT_FALSE(done.changed()) << done.database;
        FileSecretStore secrets(folder_.path() / "secrets");
        EXPECT_THAT(run_task(Installer(connector(), layout, schemas, &secrets, {}).install()).changes, IsEmpty());
        expect_stored_secrets_are_the_roles(secrets);
        EXPECT_THAT(query(layout.target_of_schema("tasks")->database,
                          "select count(*), count(*) filter (where length = length(name)), (select count(*) > 0 from "
                          "tasks.longest) from tasks.people"),
                    ::testing::ElementsAre("3000|3000|t"));
    }

    static void expect_stored_secrets_are_the_roles(const SecretStore& secrets) {
        for (const auto role : login_roles()) {
            const auto parts = query("postgres",
                                     "select split_part(split_part(rolpassword, '$', 2), ':', 2), rolpassword from "
                                     "pg_authid where rolname = '" +
                                         std::string(role) + "'")
                                   .front();
            const auto bar = parts.find('|');
            const auto salt =
                query("postgres", "select encode(decode('" + parts.substr(0, bar) + "', 'base64'), 'hex')").front();
            EXPECT_EQ(scram_verifier(secrets.get(role).value(), from_hex(salt).value()), parts.substr(bar + 1)) << role;
        }
    }

    void kill_and_recover(const std::string& argument, const Layout& layout, bool kills_server) {
        const auto seed = std::random_device{}();
        std::cout << "seed " << seed << std::endl;
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const auto whole = undisturbed(argument, layout);
        for (int round = 0; round < rounds_; ++round) {
            forget_everything(layout);
            for (int kills = 0; kills < 3; ++kills) {
                MigrateProcess process(process_arguments(argument));
                const bool ended = process.wait_for(microseconds(random() % static_cast<unsigned long>(whole.count())));
                if (kills_server && !ended) {
                    kill_server();
                    process.wait();  // ends by itself, well or with words
                }
                process.kill();
            }
            expect_all_well(argument, layout);
            if (HasFailure()) return;
        }
    }

    cluster::TestFolder folder_;
    int rounds_ = 4;
};

TEST_F(KillChaos, of_the_program_in_the_unified_layout) {
    kill_and_recover("gsdb_kill_test", Layout::unified("gsdb_kill_test"), false);
    forget_everything(Layout::unified("gsdb_kill_test"));
}

TEST_F(KillChaos, of_the_program_in_the_split_layout) {
    rounds_ = 3;
    kill_and_recover("split", Layout::split(), false);
    forget_everything(Layout::split());
}

TEST_F(KillChaos, of_the_server) {
    kill_and_recover("gsdb_kill_test", Layout::unified("gsdb_kill_test"), true);
    forget_everything(Layout::unified("gsdb_kill_test"));
}

}  // namespace
}  // namespace gsdb::migrate
