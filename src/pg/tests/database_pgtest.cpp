#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pg/database.hpp"
#include "test_server.hpp"

namespace gsdb::pg {
namespace {

using test::run;
using test::TestServer;

struct Here {};
struct Elsewhere {};

template <class ModuleType>
struct CurrentOrganization {
    struct Params {};
    struct Row {
        std::string organization;
    };
    using Module = ModuleType;
    static constexpr Statement statement{.name = "current_organization",
                                         .text = "select current_setting('app.organization_id') as organization",
                                         .cardinality = Cardinality::one,
                                         .scope = Scope::tenant};
    static void bind(Parameters&, const Params&) {}
    static Row read(RowReader& row) { return {row.next<std::string>()}; }
};

Database<Here> database(std::size_t size_max = 4) {
    return Database<Here>(Pool({.connect = TestServer::instance().options(), .size_max = size_max}));
}

TEST(Database, SetsTheOrganizationForTheTransactionOnly) {
    auto db = database(1);
    auto organization = default_organization();
    auto seen = run(db.transaction({.organization = organization}, [](auto& tx) -> Task<std::string> {
        auto row = co_await tx.template query<CurrentOrganization<Here>>({});
        co_return row.organization;
    }));
    EXPECT_EQ(seen, to_string(organization));
    auto after = run(db.transaction({}, [](Transaction& tx) -> Task<std::string> {
        auto rows = co_await tx.execute("select coalesce(current_setting('app.organization_id', true), '')");
        co_return rows.get<std::string>(0, 0);
    }));
    EXPECT_EQ(after, "");
}

TEST(Database, RefusesAnotherModulesStatement) {
    auto db = database();
    try {
        run(db.transaction({.organization = default_organization()},
                           [](Transaction& tx) -> Task<> { co_await tx.query<CurrentOrganization<Elsewhere>>({}); }));
        ADD_FAILURE();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "pg.wrong_module");
    }
}

TEST(Database, RollsBackWhatTheBodyThrows) {
    auto db = database();
    run(db.transaction({}, [](Transaction& tx) -> Task<> { co_await tx.execute("create table kept(n int)"); }));
    EXPECT_THROW(run(db.transaction({},
                                    [](Transaction& tx) -> Task<> {
                                        co_await tx.execute("insert into kept values (1)");
                                        throw std::runtime_error("changed my mind");
                                    })),
                 std::runtime_error);
    auto count = run(db.transaction({}, [](Transaction& tx) -> Task<std::int64_t> {
        auto rows = co_await tx.execute("select count(*) from kept");
        co_return rows.get<std::int64_t>(0, 0);
    }));
    EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace gsdb::pg
