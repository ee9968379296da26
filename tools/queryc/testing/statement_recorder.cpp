// Linked into the test programs of modules: writes the name of each statement that PostgreSQL has run to
// $GSDB_BUILD_DIR/executed-statements/<program>.txt, so that `queryc executed` can say which were never run.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>

#include "observe/observation.hpp"

namespace gsdb::queryc {
namespace {

class StatementRecorder {
  public:
    StatementRecorder() {
        const char* build = std::getenv("GSDB_BUILD_DIR");
        if (!build) return;
        auto folder = std::filesystem::path(build) / "executed-statements";
        std::filesystem::create_directories(folder);
        auto program = std::filesystem::read_symlink("/proc/self/exe").filename().string();
        file_ =
            ::open((folder / (program + ".txt")).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
        if (file_ < 0) return;
        observe::add_sink([this](const observe::Definition& definition, const observe::Fields& fields) {
            if (definition.name == "pg_statement") record(fields);
        });
    }

  private:
    // Written at once, so that a test that ends in a crash keeps what it had run.
    void record(const observe::Fields& fields) {
        std::string name;
        bool ran = false;
        for (const auto& field : fields) {
            const auto* text = std::get_if<std::string>(&field.value);
            if (field.name == "statement" && text) name = *text;
            if (field.name == "outcome" && text) ran = *text == "ok";
        }
        std::scoped_lock lock(mutex_);
        if (!ran || !seen_.insert(name).second) return;
        name += '\n';
        [[maybe_unused]] auto written = ::write(file_, name.data(), name.size());
    }

    int file_ = -1;
    std::mutex mutex_;
    std::set<std::string> seen_;
};

// Lives as long as the program: a sink cannot be taken away.
[[maybe_unused]] const auto* const recorder = new StatementRecorder;

}  // namespace
}  // namespace gsdb::queryc
