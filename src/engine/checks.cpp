#include "engine/checks.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/run_task.hpp"
#include "base/utf8.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::size_t output_bytes_max = 8'000;

std::string content_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

bool has_target(const std::string& makefile, std::string_view target) {
    std::istringstream lines(makefile);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(target) && line.substr(target.size()).starts_with(":") &&
            !line.substr(target.size()).starts_with(":="))
            return true;
    return false;
}

bool has_test_script(const std::filesystem::path& package) {
    boost::system::error_code problem;
    const auto value = json::parse(content_of(package), problem);
    if (problem || !value.is_object()) return false;
    const auto* scripts = value.as_object().if_contains("scripts");
    return scripts != nullptr && scripts->is_object() && scripts->as_object().contains("test");
}

bool has_python_tests(const std::filesystem::path& folder) {
    std::error_code ignored;
    for (const auto& below : {folder, folder / "tests", folder / "test"})
        for (const auto& entry : std::filesystem::directory_iterator(below, ignored)) {
            const auto name = entry.path().filename().string();
            if (name.starts_with("test") && name.ends_with(".py")) return true;
        }
    return false;
}

/// Keeps the end of what is written.
class Tail {
  public:
    void add(std::string_view line) {
        text_ += line;
        text_ += '\n';
        if (text_.size() > 2 * output_bytes_max) text_.erase(0, text_.size() - output_bytes_max);
    }
    /// What PostgreSQL and JSON do not take is replaced.
    std::string take() {
        if (text_.size() > output_bytes_max) text_.erase(0, text_.size() - output_bytes_max);
        return printable_utf8(text_);
    }

  private:
    std::string text_;
};

}  // namespace

std::vector<std::string> find_checks(const std::filesystem::path& folder) {
    for (const auto* name : {"GNUmakefile", "makefile", "Makefile"})
        if (is_there(folder / name))
            for (const auto* target : {"check", "test"})
                if (has_target(content_of(folder / name), target)) return {fmt::format("make {}", target)};
    if (is_there(folder / "check.sh")) return {"sh check.sh"};
    if (is_there(folder / "package.json") && has_test_script(folder / "package.json")) return {"npm test --silent"};
    if (is_there(folder / "Cargo.toml")) return {"cargo test --quiet"};
    if (is_there(folder / "go.mod")) return {"go test ./..."};
    if (is_there(folder / "pytest.ini") || is_there(folder / "conftest.py")) return {"python3 -m pytest -q"};
    if (has_python_tests(folder)) {
        std::error_code ignored;
        const bool is_below = std::filesystem::exists(folder / "tests", ignored);
        return {is_below ? "python3 -m unittest discover -s tests -t ." : "python3 -m unittest discover"};
    }
    return {};
}

CheckResult run_check(const std::string& command, const std::filesystem::path& folder, const Allowance& allowance,
                      std::chrono::seconds time_max, std::stop_token stop) {
    Tail tail;
    auto asked = allowed_command(command, folder, allowance);
    asked.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    asked.limits.wall_time = time_max;
    const auto outcome = run_task(process::run(
        std::move(asked), [&](process::Stream, std::string_view line) { tail.add(line); }, std::move(stop)));
    const bool has_exited = outcome.end == process::End::exited;
    return {.command = command,
            .has_passed = has_exited && outcome.exit_code == 0,
            .how_it_ended =
                has_exited ? fmt::format("status {}", outcome.exit_code) : std::string(process::name_of(outcome.end)),
            .output = tail.take(),
            .took = outcome.took};
}

}  // namespace gsdb::engine
