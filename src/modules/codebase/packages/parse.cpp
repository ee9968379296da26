// Which file is in which format.

#include <fmt/format.h>

#include <array>

#include "modules/codebase/packages/formats.hpp"
#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

struct Format {
    std::string_view name;  ///< of the file; `*` at the beginning or end stands for anything
    Ecosystem ecosystem;
    bool is_manifest, is_lock;
    void (*read)(File&, std::string_view);
};

constexpr std::array formats{
    Format{"package.json", Ecosystem::npm, true, false, read_package_json},
    Format{"package-lock.json", Ecosystem::npm, false, true, read_package_lock},
    Format{"npm-shrinkwrap.json", Ecosystem::npm, false, true, read_package_lock},
    Format{"yarn.lock", Ecosystem::npm, false, true, read_yarn_lock},
    Format{"pnpm-lock.yaml", Ecosystem::npm, false, true, read_pnpm_lock},
    Format{"pnpm-workspace.yaml", Ecosystem::npm, false, false, read_pnpm_workspace},
    Format{"pyproject.toml", Ecosystem::pypi, true, false, read_pyproject},
    Format{"setup.cfg", Ecosystem::pypi, true, false, read_setup_cfg},
    Format{"Pipfile", Ecosystem::pypi, true, false, read_pipfile},
    Format{"Pipfile.lock", Ecosystem::pypi, false, true, read_pipfile_lock},
    Format{"poetry.lock", Ecosystem::pypi, false, true, read_python_lock},
    Format{"uv.lock", Ecosystem::pypi, false, true, read_python_lock},
    Format{"pdm.lock", Ecosystem::pypi, false, true, read_python_lock},
    Format{"Cargo.toml", Ecosystem::cargo, true, false, read_cargo_toml},
    Format{"Cargo.lock", Ecosystem::cargo, false, true, read_cargo_lock},
    Format{"go.mod", Ecosystem::go, true, true, read_go_mod},
    Format{"go.sum", Ecosystem::go, false, true, read_go_sum},
    Format{"pom.xml", Ecosystem::maven, true, false, read_pom},
    Format{"build.gradle", Ecosystem::maven, true, false, read_gradle},
    Format{"build.gradle.kts", Ecosystem::maven, true, false, read_gradle},
    Format{"gradle.lockfile", Ecosystem::maven, false, true, read_gradle_lock},
    Format{"*.versions.toml", Ecosystem::maven, false, false, read_version_catalogue},
    Format{"Gemfile", Ecosystem::rubygems, true, false, read_gemfile},
    Format{"*.gemspec", Ecosystem::rubygems, true, false, read_gemfile},
    Format{"Gemfile.lock", Ecosystem::rubygems, false, true, read_gemfile_lock},
    Format{"composer.json", Ecosystem::packagist, true, false, read_composer_json},
    Format{"composer.lock", Ecosystem::packagist, false, true, read_composer_lock},
    Format{"*.csproj", Ecosystem::nuget, true, false, read_project_file},
    Format{"*.fsproj", Ecosystem::nuget, true, false, read_project_file},
    Format{"*.vbproj", Ecosystem::nuget, true, false, read_project_file},
    Format{"Directory.Packages.props", Ecosystem::nuget, false, false, read_project_file},
    Format{"packages.lock.json", Ecosystem::nuget, false, true, read_nuget_lock},
    Format{"vcpkg.json", Ecosystem::vcpkg, true, false, read_vcpkg_json},
    Format{"conanfile.txt", Ecosystem::conan, true, false, read_conanfile},
    Format{"CMakeLists.txt", Ecosystem::cmake, true, false, read_cmake},
};
constexpr Format requirements{"requirements.txt", Ecosystem::pypi, true, false, read_requirements};
constexpr Format constraints{"constraints.txt", Ecosystem::pypi, false, true, read_requirements};

bool fits(std::string_view pattern, std::string_view name) {
    return pattern.starts_with('*') ? name.size() >= pattern.size() && name.ends_with(pattern.substr(1))
                                    : name == pattern;
}

/// requirements.txt, dev-requirements.txt, requirements_test.in, requirements/docs.txt; constraints.txt likewise.
const Format* requirements_format(std::string_view path) {
    const auto name = lower_case(file_name_of(path));
    if (!name.ends_with(".txt") && !name.ends_with(".in")) return nullptr;
    const auto stem = std::string_view(name).substr(0, name.rfind('.'));
    if (stem.starts_with("constraints") || stem.ends_with("constraints")) return &constraints;
    const bool is_named = stem.starts_with("requirements") || stem.ends_with("requirements");
    return is_named || file_name_of(folder_of(path)) == "requirements" ? &requirements : nullptr;
}

const Format* format_of(std::string_view path) {
    const auto name = file_name_of(path);
    for (const auto& format : formats)
        if (fits(format.name, name)) return &format;
    return requirements_format(path);
}

}  // namespace

void add_problem(File& file, std::uint32_t line, std::string cause) {
    constexpr std::size_t problems_max = 20;
    if (file.problems.size() < problems_max) file.problems.push_back({file.path, line, std::move(cause)});
}

Value take(File& file, Document document) {
    if (document) {
        if (!document->is_table()) add_problem(file, 0, "not a table of names and values");
        return std::move(*document);
    }
    add_problem(file, document.error().line, document.error().cause);
    return {};
}

bool is_package_file(std::string_view path) {
    return format_of(path) != nullptr;
}

File parse(std::string_view path, std::string_view text) {
    File file{.path = std::string(path)};
    const auto* format = format_of(path);
    if (format == nullptr) return file;
    file.ecosystem = format->ecosystem;
    file.is_manifest = format->is_manifest;
    file.is_lock = format->is_lock;
    try {
        format->read(file, text);
    } catch (const std::exception& surprise) {  // one file more or less must not end the run
        add_problem(file, 0, surprise.what());
    }
    return file;
}

}  // namespace gsdb::codebase::packages
