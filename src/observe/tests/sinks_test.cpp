#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.hpp"
#include "observe/log.hpp"
#include "observe/prometheus.hpp"

namespace gsdb::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Definition served{.name = "request",
                            .description = "A request was answered.",
                            .level = Level::info,
                            .measure = {.field = "seconds", .kind = Measure::histogram},
                            .labels = {"route", "status"}};
constexpr Definition refused{.name = "refused",
                             .description = "A request was refused.",
                             .level = Level::debug,
                             .measure = {.field = {}, .kind = Measure::counter},
                             .labels = {"code"}};
constexpr Definition copied{
    .name = "copy", .description = "Rows.", .measure = {.field = "rows", .kind = Measure::counter}};
constexpr Definition open_now{
    .name = "pool", .description = "Open.", .measure = {.field = "open", .kind = Measure::gauge}};

TEST(Metrics, CountsMeasuresAndRenders) {
    Metrics metrics;
    auto sink = metrics.sink();
    sink(served, {{"route", "/a"}, {"status", std::int64_t{200}}, {"seconds", 0.002}});
    sink(served, {{"route", "/a"}, {"status", std::int64_t{200}}, {"seconds", 0.2}});
    sink(refused, {{"code", "http.bad_host"}});
    sink(copied, {{"rows", std::int64_t{40}}});
    sink(copied, {{"rows", std::int64_t{2}}});
    sink(open_now, {{"open", std::int64_t{7}}});
    sink(open_now, {{"open", std::int64_t{3}}});
    auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("# HELP gsdb_request_seconds A request was answered."));
    EXPECT_THAT(text, HasSubstr("# TYPE gsdb_request_seconds histogram"));
    EXPECT_THAT(text, HasSubstr("gsdb_request_seconds_count{route=\"/a\",status=\"200\"} 2"));
    EXPECT_THAT(text, HasSubstr("gsdb_request_seconds_bucket{route=\"/a\",status=\"200\",le=\"0.0025\"} 1"));
    EXPECT_THAT(text, HasSubstr("gsdb_refused_total{code=\"http.bad_host\"} 1"));
    EXPECT_THAT(text, HasSubstr("gsdb_copy_rows_total 42"));
    EXPECT_THAT(text, HasSubstr("gsdb_pool_open 3"));
    EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes "));
}

TEST(Metrics, EscapesLabelValues) {
    Metrics metrics;
    metrics.sink()(refused, {{"code", "a\"b\\c\nd"}});
    EXPECT_THAT(metrics.render(), HasSubstr(R"(gsdb_refused_total{code="a\"b\\c\nd"} 1)"));
}

TEST(Metrics, BoundsTheLabelSetsAndCountsTheRestTogether) {
    Metrics metrics(3);
    auto sink = metrics.sink();
    for (int i = 0; i < 100; ++i) sink(refused, {{"code", "c" + std::to_string(i)}});
    auto text = metrics.render();
    EXPECT_THAT(text, HasSubstr("gsdb_refused_total{code=\"c2\"} 1"));
    EXPECT_THAT(text, HasSubstr("gsdb_refused_total{code=\"other\"} 97"));
    EXPECT_THAT(text, Not(HasSubstr("\"c3\"")));
}

TEST(Metrics, IgnoresWhatCannotBeMeasured) {
    Metrics metrics;
    metrics.sink()(copied, {{"rows", std::int64_t{-1}}});
    metrics.sink()(copied, {});
    EXPECT_THAT(metrics.render(), HasSubstr("gsdb_copy_rows_total 0"));
}

TEST(Metrics, CountsFromManyThreads) {
    Metrics metrics;
    auto sink = metrics.sink();
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i) sink(refused, {{"code", "x"}});
            });
    }
    EXPECT_THAT(metrics.render(), HasSubstr("gsdb_refused_total{code=\"x\"} 4000"));
}

constexpr Timestamp moment{std::chrono::seconds{1'800'000'000}};

TEST(Log, WritesLogfmt) {
    Fields fields{{"route", "/a b"}, {"status", std::int64_t{200}}, {"seconds", 0.5},
                  {"ok", true},      {"path", "x=\"y\"\n"},         {"empty", ""}};
    EXPECT_EQ(format_line(LogFormat::logfmt, moment, served, fields),
              "time=2027-01-15T08:00:00.000000Z level=info event=request route=\"/a b\" status=200 seconds=0.5 ok=true "
              "path=\"x=\\\"y\\\"\\n\" empty=\"\"");
}

TEST(Log, WritesJson) {
    auto line = format_line(LogFormat::json, moment, served, {{"route", "/\"a\""}, {"status", std::int64_t{200}}});
    auto value = boost::json::parse(line);
    EXPECT_EQ(value.at("event").as_string(), "request");
    EXPECT_EQ(value.at("route").as_string(), "/\"a\"");
    EXPECT_EQ(value.at("status").as_int64(), 200);
}

TEST(Log, NeverWritesWhatLooksLikeASecret) {
    for (auto name : {"token", "api_key", "DB_PASSWORD", "clientSecret", "Authorization", "key_hash"}) {
        for (auto format : {LogFormat::logfmt, LogFormat::json}) {
            auto line = format_line(format, moment, served, {{name, "hunter2"}});
            EXPECT_THAT(line, Not(HasSubstr("hunter2"))) << name;
            EXPECT_THAT(line, HasSubstr("redacted")) << name;
        }
    }
    EXPECT_FALSE(is_secret_name("route"));
}

class LogFile : public testing::Test {
  protected:
    ~LogFile() override { std::filesystem::remove_all(folder); }
    std::string read(const std::filesystem::path& path) const {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    const std::filesystem::path folder = [] {
        auto path = std::filesystem::temp_directory_path() / ("gsdb-log-" + std::to_string(::getpid()));
        std::filesystem::create_directories(path);
        return path;
    }();
};

TEST_F(LogFile, TakesWhatReachesItsLevelAndSurvivesRotation) {
    auto path = folder / "gsdb.log";
    Log log({.level = Level::info, .path = path.string()});
    auto sink = log.sink();
    sink(served, {{"route", "/first{}"}});
    sink(refused, {{"code", "below"}});
    EXPECT_THAT(read(path), HasSubstr("/first{}\n"));
    EXPECT_THAT(read(path), Not(HasSubstr("below")));
    std::filesystem::rename(path, folder / "gsdb.log.1");
    log.reopen();
    sink(served, {{"route", "/second"}});
    EXPECT_THAT(read(path), HasSubstr("/second\n"));
    EXPECT_THAT(read(folder / "gsdb.log.1"), Not(HasSubstr("/second")));
}

TEST_F(LogFile, SaysWhichFileCannotBeOpened) {
    std::ofstream(folder / "file") << "x";
    try {
        Log log({.path = (folder / "file" / "below" / "log").string()});
        FAIL() << "a folder below a file";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "log.cannot_open");
        EXPECT_THAT(failure.error().message, HasSubstr("below"));
    }
}

}  // namespace
}  // namespace gsdb::observe
