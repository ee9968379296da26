#include <numeric>

#include "pg/pipeline.hpp"
#include "support.hpp"

namespace gsdb::pg {
namespace {

using test::AnyModule;
using test::TestServer;
using test::thrown_by;
using test::thrown_on_connection;
using test::with_connection;
using testing::HasSubstr;

struct Divide {
    struct Params {
        std::int32_t by;
        std::string padding{};
    };
    struct Row {
        std::int32_t quotient;
        std::string padding;
    };
    using Module = AnyModule;
    static constexpr Statement statement{.name = "divide",
                                         .text = "select 1000 / $1 as quotient, $2 as padding",
                                         .cardinality = Cardinality::one,
                                         .scope = Scope::local};
    static void bind(Parameters& to, const Params& from) { to.add(from.by).add(from.padding); }
    static Row read(RowReader& row) { return {row.next<std::int32_t>(), row.next<std::string>()}; }
};

struct Insert {
    struct Params {
        std::int32_t number;
    };
    using Module = AnyModule;
    static constexpr Statement statement{.name = "insert_number",
                                         .text = "insert into numbers values ($1)",
                                         .cardinality = Cardinality::exec,
                                         .scope = Scope::local};
    static void bind(Parameters& to, const Params& from) { to.add(from.number); }
};

struct Broken {
    struct Params {};
    using Module = AnyModule;
    static constexpr Statement statement{
        .name = "broken", .text = "select nope", .cardinality = Cardinality::exec, .scope = Scope::local};
    static void bind(Parameters&, const Params&) {}
};

TEST(Pipeline, AnswersInOrder) {
    with_connection([](Connection& c) -> Task<> {
        Pipeline pipeline(c);
        std::vector<Pending<Divide>> answers;
        for (int by = 1; by <= 100; ++by) answers.push_back(pipeline.add<Divide>({.by = by}));
        co_await pipeline.run();
        for (int by = 1; by <= 100; ++by)
            EXPECT_EQ(answers[static_cast<std::size_t>(by - 1)].answer().quotient, 1000 / by);
        // Plain queries work again after it.
        EXPECT_EQ((co_await c.query<Divide>({.by = 10})).quotient, 100);
    });
}

// Both directions exceed every buffer between client and server: waiting for one of the two would hang for ever.
TEST(Pipeline, SendsAndReadsMoreThanAllSocketBuffersHold) {
    for (auto prepared : {Prepared::on, Prepared::off}) {
        auto options = TestServer::instance().options();
        options.prepared = prepared;
        with_connection(
            [](Connection& c) -> Task<> {
                Pipeline pipeline(c);
                std::vector<Pending<Divide>> answers;
                std::string padding(100'000, 'x');
                for (int i = 0; i < 600; ++i) answers.push_back(pipeline.add<Divide>({.by = 1, .padding = padding}));
                co_await pipeline.run(std::chrono::seconds{60});
                for (const auto& answer : answers) EXPECT_EQ(answer.answer().padding.size(), padding.size());
            },
            options);
    }
}

TEST(Pipeline, IsAllOrNothingOutsideATransactionAndNamesTheStatementThatFailed) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create temp table numbers (n int unique)");
        Pipeline pipeline(c);
        for (int n : {1, 2, 2, 3}) pipeline.add<Insert>({.number = n});
        std::optional<SqlError> failed;
        try {
            co_await pipeline.run();
        } catch (const SqlError& error) {
            failed = error;
        }
        EXPECT_TRUE(failed);
        if (!failed) co_return;
        EXPECT_EQ(failed->sqlstate(), "23505");
        EXPECT_EQ(failed->query_name(), "insert_number");
        EXPECT_EQ(failed->constraint(), "numbers_n_key");
        EXPECT_THAT(failed->error().detail, HasSubstr("statement 3 of 4 in the pipeline"));
        Rows count = co_await c.execute("select count(*) from numbers");
        EXPECT_EQ(count.get<std::int64_t>(0, 0), 0);
    });
}

TEST(Pipeline, ReportsAStatementThatCannotBePrepared) {
    auto error = thrown_on_connection([](Connection& c) -> Task<> {
        Pipeline pipeline(c);
        pipeline.add<Divide>({.by = 1});
        pipeline.add<Broken>({});
        co_await pipeline.run();
    });
    EXPECT_EQ(error.sqlstate(), "42703");
    EXPECT_EQ(error.query_name(), "broken");
}

TEST(Pipeline, CountsChangedRowsWithinATransaction) {
    with_connection([](Connection& c) -> Task<> {
        co_await c.run_script("create temp table numbers (n int unique)");
        auto tx = co_await Transaction::begin(c, {});
        Pipeline pipeline(tx);
        std::vector<Pending<Insert>> inserted;
        for (int n = 0; n < 5000; ++n) inserted.push_back(pipeline.add<Insert>({.number = n}));
        co_await pipeline.run();
        co_await tx.commit();
        auto sum = std::accumulate(inserted.begin(), inserted.end(), std::int64_t{0},
                                   [](auto total, const auto& one) { return total + one.answer(); });
        EXPECT_EQ(sum, 5000);
    });
}

TEST(Pipeline, EmptyIsDoneAtOnce) {
    with_connection([](Connection& c) -> Task<> {
        Pipeline pipeline(c);
        co_await pipeline.run();
        EXPECT_TRUE(pipeline.results().empty());
    });
}

}  // namespace
}  // namespace gsdb::pg
