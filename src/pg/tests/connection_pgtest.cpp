#include "pg/connection.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using test::AnyModule;
using test::TestServer;
using test::thrown_on_connection;
using test::with_connection;
using testing::HasSubstr;

struct AddOne {
    struct Params {
        std::int32_t number;
    };
    struct Row {
        std::int32_t sum;
        std::optional<std::string> nothing;
    };
    using Module = AnyModule;
    static constexpr Statement statement{.name = "add_one",
                                         .text = "select $1 + 1 as sum, null::text as nothing",
                                         .cardinality = Cardinality::one,
                                         .scope = Scope::local};
    static void bind(Parameters& to, const Params& from) { to.add(from.number); }
    static Row read(RowReader& row) {
        return {.sum = row.next<std::int32_t>(), .nothing = row.next<std::optional<std::string>>()};
    }
};

struct TenantRows {
    struct Params {};
    struct Row {
        std::string organization;
    };
    using Module = AnyModule;
    static constexpr Statement statement{.name = "tenant_rows",
                                         .text = "select current_setting('app.organization_id') as organization",
                                         .cardinality = Cardinality::optional,
                                         .scope = Scope::tenant};
    static void bind(Parameters&, const Params&) {}
    static Row read(RowReader& row) { return {row.next<std::string>()}; }
};

struct Unreadable {
    struct Params {};
    struct Row {
        std::string missing;
    };
    using Module = AnyModule;
    static constexpr Statement statement{
        .name = "unreadable", .text = "select null::text as missing", .cardinality = Cardinality::one};
    static void bind(Parameters&, const Params&) {}
    static Row read(RowReader& row) { return {row.next<std::string>()}; }
};

struct TwoRows {
    struct Params {};
    struct Row {
        std::int32_t number;
    };
    using Module = AnyModule;
    static constexpr Statement statement{
        .name = "two_rows", .text = "select generate_series(1, 2)", .cardinality = Cardinality::optional};
    static void bind(Parameters&, const Params&) {}
    static Row read(RowReader& row) { return {row.next<std::int32_t>()}; }
};

TEST(Connection, AnswersATypedQueryMoreThanOnce) {
    with_connection([](Connection& c) -> Task<> {
        for (int i = 0; i < 3; ++i) {
            auto row = co_await c.query<AddOne>({.number = i});
            EXPECT_EQ(row.sum, i + 1);
            EXPECT_EQ(row.nothing, std::nullopt);
        }
        auto prepared = co_await c.execute("select name from pg_prepared_statements");
        EXPECT_EQ(prepared.size(), 1U);
        EXPECT_EQ(prepared.get<std::string>(0, "name"), "add_one");
    });
}

TEST(Connection, PreparesNothingWhenPreparedIsOff) {
    auto options = TestServer::instance().options();
    options.prepared = Prepared::off;
    with_connection(
        [](Connection& c) -> Task<> {
            EXPECT_EQ((co_await c.query<AddOne>({.number = 41})).sum, 42);
            EXPECT_TRUE((co_await c.execute("select from pg_prepared_statements")).empty());
        },
        options);
}

TEST(Connection, RefusesATenantQueryOutsideATransactionBeforeItIsSent) {
    auto failure = thrown_on_connection<Failure>([](Connection& c) -> Task<> { co_await c.query<TenantRows>({}); });
    EXPECT_EQ(failure.error().code, "pg.tenant_missing");
    EXPECT_THAT(failure.error().message, HasSubstr("tenant_rows"));
}

TEST(Connection, ExecutesBinaryAndTextRows) {
    with_connection([](Connection& c) -> Task<> {
        auto binary = co_await c.execute("select $1::int + 1, $2", Parameters::of(41, "x"));
        EXPECT_EQ(binary.get<std::int32_t>(0, 0), 42);
        EXPECT_EQ(binary.get<std::string>(0, 1), "x");
        auto text = co_await c.execute("select now() - now(), null", {}, Format::text);
        EXPECT_EQ(text.text(0, 0), "00:00:00");
        EXPECT_EQ(text.text(0, 1), std::nullopt);
    });
}

TEST(Connection, SaysTheLineOfAScriptThatFailed) {
    auto error = thrown_on_connection(
        [](Connection& c) -> Task<> { co_await c.run_script("select 'é';\nselect 1;\nselect nope;\n"); });
    EXPECT_EQ(error.sqlstate(), "42703");
    EXPECT_EQ(error.facts().line, 3);
}

TEST(Connection, SaysWhichStatementOfAScriptFailedWhenItsTextIsRight) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        co_await c.run_script(
            "create temp table once (n int unique);\ninsert into once values (1);\n"
            "insert into once values (1);\ninsert into once values (2)");
    });
    EXPECT_EQ(error.facts().statement, 3);
    EXPECT_THAT(error.what(), HasSubstr("(23505, statement 3)"));
}

TEST(Connection, RefusesCopyFromStdinInAScriptWithoutHanging) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create temp table t (n int)");
        std::string code;
        try {
            co_await c.run_script("copy t from stdin");
        } catch (const SqlError& error) {
            code = error.sqlstate();
        }
        EXPECT_EQ(code, "57014");
        EXPECT_EQ((co_await c.execute("select 1")).size(), 1U);
    });
}

TEST(Connection, NamesTheStatementWhoseRowCannotBeRead) {
    auto failure = thrown_on_connection<Failure>([](Connection& c) -> Task<> { co_await c.query<Unreadable>({}); });
    EXPECT_EQ(failure.error().code, "pg.unexpected_null");
    EXPECT_EQ(failure.error().message, "statement unreadable: column \"missing\" is NULL");
}

TEST(Connection, RefusesAnotherNumberOfRowsThanPromised) {
    auto failure = thrown_on_connection<Failure>([](Connection& c) -> Task<> { co_await c.query<TwoRows>({}); });
    EXPECT_EQ(failure.error().code, "pg.cardinality");
    EXPECT_THAT(failure.what(), HasSubstr("statement two_rows: 2 rows were returned, at most one is promised"));
}

TEST(Connection, GoesOnAfterAnErrorAndNamesTheQuery) {
    with_connection([](Connection& c) -> Task<> {
        try {
            co_await c.execute("select 1/0");
            ADD_FAILURE();
        } catch (const SqlError& error) {
            EXPECT_EQ(error.sqlstate(), "22012");
            EXPECT_EQ(error.query_name(), "execute");
            EXPECT_FALSE(error.poisons_connection());
        }
        EXPECT_EQ((co_await c.query<AddOne>({.number = 1})).sum, 2);
    });
}

TEST(Connect, NamesTheDatabaseAndTheRemedyWhenTheDatabaseIsMissing) {
    auto error =
        thrown_on_connection([](Connection&) -> Task<> { co_return; }, TestServer::instance().options("nowhere"));
    EXPECT_EQ(error.sqlstate(), "3D000");
    EXPECT_EQ(error.error().code, "pg.no_such_database");
    EXPECT_THAT(error.what(), HasSubstr("database \"nowhere\" does not exist"));
    EXPECT_THAT(error.error().hint, HasSubstr("gsdb db init"));
}

}  // namespace
}  // namespace gsdb::pg
