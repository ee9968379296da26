#include "cluster/tuning.hpp"

#include <gmock/gmock.h>

namespace gsdb::cluster {
namespace {

using testing::HasSubstr;

constexpr std::int64_t gibibyte = 1 << 30;
const ServerBinaries no_extras{.folder = "/nonexistent/bin", .major = 15};

ServerSettings settings(Machine machine, bool durable = true) {
    return tuned_settings(machine, no_extras, durable);
}

TEST(Tuning, shares_a_workstation_with_the_program) {
    auto tuned = settings({.memory_bytes = 24 * gibibyte,
                           .cores = 8,
                           .disk_free_bytes = 500 * gibibyte,
                           .shared_memory_bytes = 12 * gibibyte});
    EXPECT_EQ(tuned["shared_buffers"], "768MB");
    EXPECT_EQ(tuned["effective_cache_size"], "12288MB");
    EXPECT_EQ(tuned["work_mem"], "48MB");
    EXPECT_EQ(tuned["max_parallel_workers"], "8");
    EXPECT_EQ(tuned["max_wal_size"], "4096MB");
    EXPECT_FALSE(tuned.contains("dynamic_shared_memory_type"));
}

TEST(Tuning, fits_into_a_small_container) {
    auto tuned = settings(
        {.memory_bytes = gibibyte / 4, .cores = 1, .disk_free_bytes = gibibyte, .shared_memory_bytes = 64 << 20});
    EXPECT_EQ(tuned["shared_buffers"], "32MB");
    EXPECT_EQ(tuned["work_mem"], "4MB");
    EXPECT_EQ(tuned["max_parallel_workers_per_gather"], "0");
    EXPECT_EQ(tuned["max_wal_size"], "128MB");
    EXPECT_EQ(tuned["dynamic_shared_memory_type"], "mmap");
}

TEST(Tuning, is_durable_unless_a_test_asks_otherwise) {
    const Machine machine{
        .memory_bytes = gibibyte, .cores = 2, .disk_free_bytes = gibibyte, .shared_memory_bytes = gibibyte};
    for (auto setting : {"fsync", "full_page_writes", "synchronous_commit"}) {
        EXPECT_EQ(settings(machine)[setting], "on");
        EXPECT_EQ(settings(machine, false)[setting], "off");
    }
}

TEST(Tuning, uses_only_what_the_server_was_built_with) {
    const Machine machine{
        .memory_bytes = gibibyte, .cores = 2, .disk_free_bytes = gibibyte, .shared_memory_bytes = gibibyte};
    auto tuned = settings(machine);
    EXPECT_EQ(tuned["wal_compression"], "on");
    EXPECT_EQ(tuned["default_toast_compression"], "pglz");
    EXPECT_FALSE(tuned.contains("shared_preload_libraries"));
}

TEST(Tuning, no_parameter_of_a_statement_gets_into_the_log) {
    const Machine machine{
        .memory_bytes = gibibyte, .cores = 2, .disk_free_bytes = gibibyte, .shared_memory_bytes = gibibyte};
    EXPECT_EQ(settings(machine)["log_parameter_max_length"], "0");
    EXPECT_EQ(settings(machine)["log_parameter_max_length_on_error"], "0");
}

TEST(Tuning, this_machine_has_something_of_everything) {
    const auto machine = Machine::of("/");
    EXPECT_GT(machine.memory_bytes, 32 << 20);
    EXPECT_GE(machine.cores, 1);
    EXPECT_GT(machine.disk_free_bytes, 0);
}

TEST(ConfigurationText, quotes_values) {
    EXPECT_THAT(configuration_text({{"a", "it's"}, {"b", R"(c:\d)"}}), HasSubstr("\na = 'it''s'\nb = 'c:\\\\d'\n"));
}

}  // namespace
}  // namespace gsdb::cluster
