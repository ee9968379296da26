#include "pg/connect_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "pg/backoff.hpp"

namespace gsdb::pg {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(ConnectOptions, ReadsAUrl) {
    auto options = ConnectOptions::parse(
        "postgresql://task_user:p%40ss@db.example.org:6000/task_db?sslmode=verify-full&connect_timeout=3");
    EXPECT_EQ(options.host, "db.example.org");
    EXPECT_EQ(options.port, 6000);
    EXPECT_EQ(options.user, "task_user");
    EXPECT_EQ(options.password, "p@ss");
    EXPECT_EQ(options.database, "task_db");
    EXPECT_EQ(options.extra.at("sslmode"), "verify-full");
    EXPECT_EQ(options.connect_deadline, 3s);
    EXPECT_EQ(options.describe(), "task_db at db.example.org:6000 as task_user");
}

TEST(ConnectOptions, ReadsKeywords) {
    auto options = ConnectOptions::parse("host=/run/gsdb dbname=gsdb user=me");
    EXPECT_EQ(options.host, "/run/gsdb");
    EXPECT_EQ(options.port, 5432);
    EXPECT_TRUE(options.extra.empty());
}

TEST(ConnectOptions, DoesNotRepeatAUrlItCannotRead) {
    for (auto url : {"postgresql://me:s3cret@host:port/db", "postgresql://me:s3cret@host/db?nonsense=1",
                     "host=s3cret dbname='s3cret", "postgresql://me:s3cret@a:1,b:2/db"}) {
        try {
            ConnectOptions::parse(url);
            ADD_FAILURE() << url;
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.error().code, "pg.bad_url");
            EXPECT_EQ(failure.error().exit_code, ExitCode::usage);
            EXPECT_THAT(failure.what(), Not(HasSubstr("s3cret")));
        }
    }
}

TEST(Backoff, DoublesUpToItsLimitWithJitterInTheUpperHalf) {
    Backoff backoff{.first = 10ms, .max = 100ms};
    for (int round = 0; round < 100; ++round) {
        auto expect_between = [&](int failures, std::chrono::milliseconds low, std::chrono::milliseconds high) {
            EXPECT_GE(backoff.pause(failures), low) << failures;
            EXPECT_LE(backoff.pause(failures), high) << failures;
        };
        expect_between(1, 5ms, 10ms);
        expect_between(2, 10ms, 20ms);
        expect_between(5, 50ms, 100ms);
        expect_between(1000, 50ms, 100ms);
    }
}

}  // namespace
}  // namespace gsdb::pg
