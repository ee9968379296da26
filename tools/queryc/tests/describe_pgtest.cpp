#include <gmock/gmock.h>
#include <libpq-fe.h>

#include "base/error.hpp"
#include "cluster/test_cluster.hpp"
#include "queryc/describe.hpp"

namespace gsdb::queryc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* schema = R"(
create schema shop;
create type shop.state as enum ('open', 'shipped');
create domain shop.code as text check (value <> '');
create table shop.customers (organization_id uuid not null, id uuid primary key, name text not null, nick shop.code);
create table shop.orders (
    organization_id uuid not null, id uuid primary key, customer_id uuid not null references shop.customers,
    state shop.state not null, states shop.state[] not null, tags text[], total numeric(10, 2) not null,
    code shop.code not null, at timestamptz not null default now());
create view shop.open_orders as select * from shop.orders where state = 'open';
)";

class Describe : public testing::Test {
  protected:
    Describe() {
        auto* connection = PQconnectdb(database_.conninfo().c_str());
        auto* result = PQexec(connection, schema);
        EXPECT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << PQerrorMessage(connection);
        PQclear(result);
        PQfinish(connection);
    }

    LockedStatement describe(std::string_view sql, std::string_view cardinality = "many") {
        auto text = "-- name: a :" + std::string(cardinality) + "\n-- the statement:\n" + std::string(sql);
        return Describer(database_.conninfo()).describe(parse_statements(text, "a.sql").at(0));
    }
    std::string fault(std::string_view sql, std::string_view cardinality = "many") {
        try {
            describe(sql, cardinality);
            return "no fault";
        } catch (const Failure& failure) {
            EXPECT_NE(failure.error().hint, "");
            return failure.what();
        }
    }
    /// The names of the columns that may be NULL.
    std::vector<std::string> nullable(std::string_view sql) {
        std::vector<std::string> names;
        for (const auto& column : describe(sql).columns)
            if (column.nullable) names.push_back(column.name);
        return names;
    }

    cluster::TestDatabase database_;
};

TEST_F(Describe, TellsTheTypesOfParametersAndColumns) {
    auto locked = describe(
        "select id, state, states, tags, total, code, at from shop.orders\n"
        "where state = :state and tags = :tags and code = :code and id = any(:ids)");
    EXPECT_THAT(locked.parameters,
                ElementsAre(LockedParameter{"state", "enum shop.state"}, LockedParameter{"tags", "text[]"},
                            LockedParameter{"code", "text"}, LockedParameter{"ids", "uuid[]"}));
    EXPECT_THAT(locked.columns,
                ElementsAre(LockedColumn{"id", "uuid", false}, LockedColumn{"state", "enum shop.state", false},
                            LockedColumn{"states", "enum shop.state[]", false}, LockedColumn{"tags", "text[]", true},
                            LockedColumn{"total", "numeric", false}, LockedColumn{"code", "text", false},
                            LockedColumn{"at", "timestamptz", false}));
}

TEST_F(Describe, ColumnsAreNullableAsTheTableSays) {
    EXPECT_THAT(nullable("select id, nick from shop.customers"), ElementsAre("nick"));
    EXPECT_THAT(nullable("with x as (select id, nick from shop.customers) select * from x"), ElementsAre("nick"));
    EXPECT_THAT(nullable("update shop.customers set name = '' returning id, nick"), ElementsAre("nick"));
}

TEST_F(Describe, ExpressionsAndViewsCountAsNullable) {
    EXPECT_THAT(nullable("select count(*) as total, id from shop.customers group by id"), ElementsAre("total"));
    EXPECT_THAT(nullable("select id from shop.open_orders"), ElementsAre("id"));
    EXPECT_THAT(nullable("select id from shop.customers union all select id from shop.orders"), ElementsAre("id"));
}

TEST_F(Describe, OuterJoinsMakeTheirSideNullable) {
    EXPECT_THAT(nullable("select o.id, c.name from shop.orders o left join shop.customers c on c.id = o.customer_id"),
                ElementsAre("name"));
    EXPECT_THAT(
        nullable("select o.id, c.name from shop.orders o left outer join shop.customers c on c.id = o.customer_id"),
        ElementsAre("name"));
    EXPECT_THAT(nullable("select o.id, c.name from shop.orders o right join shop.customers c on c.id = o.customer_id"),
                ElementsAre("id", "name"));
    EXPECT_THAT(nullable("select o.id, c.name from shop.orders o full join shop.customers c on c.id = o.customer_id"),
                ElementsAre("id", "name"));
    EXPECT_THAT(nullable("select o.id, c.name from shop.orders o\n"
                         "left join lateral (select name from shop.customers limit 1) c on true"),
                ElementsAre("id", "name"));
    EXPECT_THAT(nullable("with c as (select name from shop.customers)\n"
                         "select o.id, c.name from shop.orders o left join c on true"),
                ElementsAre("id", "name"));
    EXPECT_THAT(nullable("select o.id, left(c.name, 3) as short from shop.orders o join shop.customers c on true"),
                ElementsAre("short"));
}

TEST_F(Describe, FaultsNameTheLineOfTheFile) {
    EXPECT_THAT(fault("select id,\n  nmae\nfrom shop.customers"),
                testing::AllOf(HasSubstr("a.sql:4: PostgreSQL refuses statement a"), HasSubstr("42703")));
    EXPECT_THAT(fault("select 'ä€𝄞' as x,\n\n  nmae from shop.customers"), HasSubstr("a.sql:5:"));
    EXPECT_THAT(fault("select from shop.nothing"), HasSubstr("42P01"));
}

TEST_F(Describe, TheMarkMustFitWhatTheStatementAnswers) {
    EXPECT_THAT(fault("select id from shop.customers", "exec"), HasSubstr("answers rows and is marked :exec"));
    EXPECT_THAT(fault("delete from shop.customers", "many"), HasSubstr("answers no rows"));
    EXPECT_THAT(fault("select 1"), HasSubstr("'?column?' that has no name"));
    EXPECT_THAT(fault("select id, id from shop.customers"), HasSubstr("'id' that has no name of its own"));
}

TEST_F(Describe, AFunctionWithoutAResultAnswersNoRows) {
    EXPECT_THAT(describe("select pg_notify('a', :text)", "exec").columns, testing::IsEmpty());
    EXPECT_THAT(fault("select pg_notify('a', :text), 1 as one", "exec"), HasSubstr("answers rows and is marked :exec"));
}

TEST_F(Describe, AllFaultsAreToldTogether) {
    auto statements = parse_statements(
        "-- name: a :one\nselect x\n-- name: b :one\nselect y\n-- name: c :one\nselect 1 as z", "a.sql");
    EXPECT_THAT([&] { Describer(database_.conninfo()).describe(statements); },
                testing::ThrowsMessage<Failure>(
                    testing::AllOf(HasSubstr("2 of 3 statements"), HasSubstr("a.sql:2:"), HasSubstr("a.sql:4:"))));
}

TEST(DescribeWithoutServer, SaysThatItCannotBeReached) {
    EXPECT_THAT([] { Describer("host=/nowhere dbname=x connect_timeout=2"); },
                testing::ThrowsMessage<Failure>(HasSubstr("cannot be reached")));
}

}  // namespace
}  // namespace gsdb::queryc
