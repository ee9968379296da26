#include "queryc/testing/prepared_home.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "queryc/statement.hpp"

namespace gsdb::queryc {

namespace fs = std::filesystem;

namespace {

/// Changes with whatever could make a difference to the databases.
std::string key_of_sources() {
    std::vector<fs::path> files;
    for (const auto* folder : {"src/modules", "src/migrate", "src/cluster", "tools/queryc/testing"})
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            auto is_of_a_module = std::string_view(folder) == "src/modules";
            auto ending = entry.path().extension();
            if (ending == ".sql" || (!is_of_a_module && (ending == ".cpp" || ending == ".hpp")))
                files.push_back(entry.path());
        }
    std::ranges::sort(files);
    std::string text;
    for (const auto& file : files) text += "\n" + file.string() + "\n" + read_text(file);
    return fmt::format("{:016x}", std::hash<std::string>()(text));
}

std::string key_of_server() {
    const auto* bindir = std::getenv("GSDB_TEST_POSTGRES_BINDIR");
    return bindir == nullptr ? "default" : fmt::format("{:016x}", std::hash<std::string>()(bindir));
}

Descriptor lock(const fs::path& file) {
    Descriptor opened(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!opened.is_open() || flock(opened.number(), LOCK_EX) != 0)
        throw Failure({.code = "test.lock", .message = "cannot lock " + file.string()});
    return opened;
}

}  // namespace

std::optional<fs::path> prepared_home(const std::function<void(const fs::path&)>& make) {
    const auto* build = std::getenv("GSDB_BUILD_DIR");
    if (build == nullptr) return std::nullopt;
    auto homes = fs::path(build) / "migrated-homes";
    fs::create_directories(homes);
    auto sources = key_of_sources();
    auto home = homes / (sources + "-" + key_of_server());
    auto locked = lock(homes / "lock");
    if (fs::exists(home)) return home;
    for (const auto& entry : fs::directory_iterator(homes))
        if (entry.is_directory() && !entry.path().filename().string().starts_with(sources))
            fs::remove_all(entry.path());
    fs::remove_all(homes / "draft");
    make(homes / "draft");
    fs::rename(homes / "draft", home);
    return home;
}

}  // namespace gsdb::queryc
