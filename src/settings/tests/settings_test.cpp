#include "settings/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "settings/declarations.hpp"

namespace gsdb::settings {
namespace {

Settings::Environment environment(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const char* name) -> const char* {
        auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    };
}

std::filesystem::path write_file(std::string_view text) {
    auto file = std::filesystem::path(testing::TempDir()) / "gsdb.toml";
    std::ofstream(file) << text;
    return file;
}

TEST(Settings, TakeTheCommandLineBeforeTheEnvironmentBeforeTheFileBeforeTheDefault) {
    auto file = write_file("[http]\nport = 1000\naddress = \"0.0.0.0\"\n[log]\nlevel = \"warn\"\n");
    auto settings = Settings::load(
        {file, environment({{"GSDB_HTTP_PORT", "2000"}, {"GSDB_LOG_LEVEL", "debug"}}), {{"log.level", "error"}}});
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(settings->get(log_level), "error");
    EXPECT_EQ(settings->get(http_port), 2000);
    EXPECT_EQ(settings->get(http_address), "0.0.0.0");
    EXPECT_EQ(settings->get(database_layout), "split");
    EXPECT_EQ(settings->origin(http_port).place, "GSDB_HTTP_PORT");
    EXPECT_THAT(settings->origin(http_address).place, testing::EndsWith("gsdb.toml:3"));
}

TEST(Settings, RefuseAWrongValueAndSayWhereItCameFrom) {
    auto refused = [](std::string name, std::string text) {
        auto settings = Settings::load({{}, environment({{environment_name(name), text}}), {}});
        return settings ? std::string("accepted") : settings.error().message;
    };
    EXPECT_EQ(refused("http.port", "65536"), "setting http.port from GSDB_HTTP_PORT is not between 0 and 65535");
    EXPECT_EQ(refused("http.port", "80a"), "setting http.port from GSDB_HTTP_PORT is not a whole number");
    EXPECT_EQ(refused("index.vendored", "maybe"),
              "setting index.vendored from GSDB_INDEX_VENDORED is neither true nor false");
    EXPECT_EQ(refused("database.layout", "both"),
              "setting database.layout from GSDB_DATABASE_LAYOUT is none of: split, unified");
    EXPECT_EQ(refused("http.port", "0"), "accepted");
}

TEST(Settings, RefuseAFileWithAnUnknownNameOrBrokenToml) {
    auto unknown = Settings::load({write_file("[http]\nprot = 1\n"), {}, {}});
    ASSERT_FALSE(unknown);
    EXPECT_THAT(unknown.error().message, testing::HasSubstr("gsdb.toml:2 sets 'http.prot', which is no setting"));
    auto broken = Settings::load({write_file("[http\n"), {}, {}});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().exit_code, ExitCode::usage);
}

TEST(Settings, NeverShowASecret) {
    auto settings = Settings::load({{}, environment({{"GSDB_DATABASE_URL", "postgresql://u:hunter2@h/d"}}), {}});
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->shown(database_url), "(set)");
    EXPECT_EQ(settings->shown(encryption_key), "(not set)");
}

TEST(Settings, EveryDeclarationHasAValidDefaultAndADescription) {
    ASSERT_TRUE(Settings::load({}));
    for (const auto* declaration : declarations())
        EXPECT_TRUE(declaration->description.ends_with(".")) << declaration->name;
}

}  // namespace
}  // namespace gsdb::settings
