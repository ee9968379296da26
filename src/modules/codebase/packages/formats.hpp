#pragma once
// The readers of the formats: each adds what a text says to a File whose path is set.

#include <string_view>

#include "modules/codebase/packages/document.hpp"
#include "modules/codebase/packages/packages.hpp"

namespace gsdb::codebase::packages {

/// Notes what could not be read; at most twenty a file.
void add_problem(File& file, std::uint32_t line, std::string cause);

/// The document; an empty value, and a problem, where it cannot be read.
Value take(File& file, Document document);

void read_package_json(File& file, std::string_view text);
void read_package_lock(File& file, std::string_view text);
void read_yarn_lock(File& file, std::string_view text);
void read_pnpm_lock(File& file, std::string_view text);
void read_pnpm_workspace(File& file, std::string_view text);

void read_pyproject(File& file, std::string_view text);
void read_setup_cfg(File& file, std::string_view text);
void read_requirements(File& file, std::string_view text);
void read_pipfile(File& file, std::string_view text);
void read_pipfile_lock(File& file, std::string_view text);
void read_python_lock(File& file, std::string_view text);  // poetry.lock, uv.lock, pdm.lock

void read_cargo_toml(File& file, std::string_view text);
void read_cargo_lock(File& file, std::string_view text);
void read_go_mod(File& file, std::string_view text);
void read_go_sum(File& file, std::string_view text);

void read_pom(File& file, std::string_view text);
void read_gradle(File& file, std::string_view text);
void read_gradle_lock(File& file, std::string_view text);
void read_version_catalogue(File& file, std::string_view text);

void read_gemfile(File& file, std::string_view text);
void read_gemfile_lock(File& file, std::string_view text);
void read_composer_json(File& file, std::string_view text);
void read_composer_lock(File& file, std::string_view text);
void read_project_file(File& file, std::string_view text);  // *.csproj, *.fsproj, *.vbproj, Directory.Packages.props
void read_nuget_lock(File& file, std::string_view text);
void read_vcpkg_json(File& file, std::string_view text);
void read_conanfile(File& file, std::string_view text);
void read_cmake(File& file, std::string_view text);

}  // namespace gsdb::codebase::packages
