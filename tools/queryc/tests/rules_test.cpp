// Each rule is shown a statement that breaks it and one that looks alike and is right.
#include "queryc/rules.hpp"

#include <gmock/gmock.h>

namespace gsdb::queryc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> findings(std::string_view sql, std::string_view scope = "tenant") {
    auto text = "-- name: a :many\n-- scope: " + std::string(scope) + "\n" + std::string(sql);
    return broken_rules(parse_statements(text, "a.sql"));
}

TEST(Rules, TenantStatementNamesTheOrganization) {
    EXPECT_THAT(findings("select 1 from s.t"), ElementsAre(HasSubstr("a.sql:1: a: a tenant statement")));
    EXPECT_THAT(findings("select 'organization_id' from s.t -- organization_id"), testing::SizeIs(1));
    EXPECT_THAT(findings("select 1 from s.t where organization_id = :organization_id"), IsEmpty());
    EXPECT_THAT(findings("select name from s.organizations where id = :organization_id"), IsEmpty());
    EXPECT_THAT(findings("select s.remove(:id) as is_removed"), IsEmpty());
    EXPECT_THAT(findings("select id from s.find(:name)"), IsEmpty());
    EXPECT_THAT(findings("select id from s.find(:name) join s.t on true"), testing::SizeIs(1));
    EXPECT_THAT(findings("select 1 from s.t", "local"), IsEmpty());
}

TEST(Rules, NoVolatileFunctionInSet) {
    EXPECT_THAT(findings("update s.t set a = 1,\n  b = clock_timestamp()\nwhere organization_id = :o"),
                ElementsAre(HasSubstr("a.sql:4: a: the volatile clock_timestamp() in SET (R2)")));
    EXPECT_THAT(findings("update s.t set a = base.uuid_v7() where organization_id = :o"), testing::SizeIs(1));
    EXPECT_THAT(
        findings(
            "with x as (update s.t set a = (b + random()) where organization_id = :o returning a) select a from x"),
        testing::SizeIs(1));
    EXPECT_THAT(findings("update s.t set a = now() where organization_id = :o and b < clock_timestamp()"), IsEmpty());
    EXPECT_THAT(findings("insert into s.t (organization_id, id) values (:o, gen_random_uuid())"), IsEmpty());
}

TEST(Rules, OnlyImmutableExpressionsOnConflict) {
    constexpr std::string_view insert =
        "insert into s.t (organization_id) values (:o) on conflict (organization_id) do update set ";
    EXPECT_THAT(findings(std::string(insert) + "a = now()"),
                ElementsAre(HasSubstr("now in ON CONFLICT DO UPDATE SET (R3)")));
    EXPECT_THAT(findings(std::string(insert) + "a = current_timestamp"), testing::SizeIs(1));
    EXPECT_THAT(findings(std::string(insert) + "a = random()"), ElementsAre(HasSubstr("(R3)")));
    EXPECT_THAT(findings(std::string(insert) + "a = excluded.a returning now()"), IsEmpty());
}

TEST(Rules, NoMergeAndNoGroupingSets) {
    EXPECT_THAT(findings("merge into s.t using s.u on organization_id = :o when matched then delete"),
                ElementsAre(HasSubstr("MERGE (R4)")));
    EXPECT_THAT(findings("select 1 from s.t where organization_id = :o group by grouping sets ((a), (b))"),
                ElementsAre(HasSubstr("R4")));
    EXPECT_THAT(findings("select 1 from s.t where organization_id = :o group by rollup (a)"), testing::SizeIs(1));
    EXPECT_THAT(findings("select 1 from s.t where organization_id = :o group by cube (a)"), testing::SizeIs(1));
    EXPECT_THAT(findings("select cube from s.t where organization_id = :o"), IsEmpty());
}

TEST(Rules, NoRowLocksAcrossTenants) {
    for (std::string_view lock :
         {"for update", "for update skip locked", "for share", "for no key update", "for key share"})
        EXPECT_THAT(findings("select 1 from s.t " + std::string(lock), "cross"), ElementsAre(HasSubstr("R5"))) << lock;
    EXPECT_THAT(findings("select 1 from s.t where organization_id = :o for update"), IsEmpty());
    EXPECT_THAT(findings("select 1 from s.t for update skip locked", "local"), IsEmpty());
}

TEST(Rules, TablesCarryTheirSchema) {
    EXPECT_THAT(findings("select 1 from t", "local"), ElementsAre(HasSubstr("table t without its schema (R6)")));
    EXPECT_THAT(findings("select 1 from s.t join u on true", "local"), ElementsAre(HasSubstr("table u")));
    EXPECT_THAT(findings("insert into t (a) values (1)", "local"), testing::SizeIs(1));
    EXPECT_THAT(findings("update t set a = 1", "local"), testing::SizeIs(1));
    EXPECT_THAT(findings("delete from t", "local"), testing::SizeIs(1));
    EXPECT_THAT(
        findings("with x as (select 1 from s.t), y (a, b) as materialized (select 2 from x) select 1 from y", "local"),
        IsEmpty());
    EXPECT_THAT(findings("select 1 from unnest(:a::int[]) as u, generate_series(1, 2)", "local"), IsEmpty());
    EXPECT_THAT(
        findings("select extract(epoch from now()), substring(a from 2), a is distinct from b from s.t", "local"),
        IsEmpty());
    EXPECT_THAT(findings("insert into s.t (a) values (1) on conflict do update set a = 1", "local"), IsEmpty());
    EXPECT_THAT(findings("select 1 from s.t where exists (select from s.u)", "local"), IsEmpty());
}

TEST(Rules, NoSetConfig) {
    EXPECT_THAT(findings("select set_config('app.organization_id', :o, true)", "local"), ElementsAre(HasSubstr("R7")));
}

}  // namespace
}  // namespace gsdb::queryc
