#pragma once
// Which packages nothing imports, and what is imported that no manifest asks for.

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "modules/codebase/packages/packages.hpp"

namespace gsdb::codebase::packages {

/// A file of the codebase imports something from outside of it.
struct Import {
    Ecosystem ecosystem{};
    std::string
        imported;  ///< `requests`, `google.cloud.storage`, `@scope/name`, `github.com/a/b/c`, `serde::de::Visitor`
    std::string path;
    std::uint32_t line = 0;  ///< from 1
};

enum class Usage : std::uint8_t {
    used,
    run,         ///< as a tool: nothing imports it, and nothing has to
    unused,      ///< directly asked for at run time, and nothing imports it
    elsewhere,   ///< ... nothing in the package that asks for it, but others of the codebase do
    not_judged,  ///< nothing imports it, which says nothing: for development, indirect, local, or imports are not
                 ///< followed
};
std::string_view to_label(Usage usage);

/// How a package is used.
struct Verdict {
    Usage usage{};
    std::int64_t files_using = 0;  ///< below the folder of the manifest where each package of a codebase has its own
    bool is_certain = true;        ///< what imports of it look like is known, not guessed
    std::string reason;            ///< in a sentence's words
};

/// Something imported that no manifest asks for.
struct Missing {
    Ecosystem ecosystem{};
    std::string name;  ///< as imports begin: a package of npm, a module of Python, the path of Go, a package of Java
    std::string path;  ///< where it is imported first
    std::uint32_t line = 0;
    std::int64_t files = 0;
    bool is_certain = true;
    std::string reason;
};

class UsageJudge {
  public:
    /// Both outlive the judge.
    UsageJudge(const std::vector<Dependency>& dependencies, const std::vector<Import>& imports);

    /// Of each dependency, in their order.
    std::vector<Verdict> verdicts() const;

    /// In the order of ecosystems and names. `is_inside`: whether a module of Python has the name of a file or folder
    /// of the codebase.
    std::vector<Missing> missing(const std::function<bool(const std::string&)>& is_inside) const;

    /// The modules of Python that missing() asks about.
    std::vector<std::string> modules_in_doubt() const;

  private:
    struct Unmatched;
    std::vector<Unmatched> unmatched() const;
    Verdict verdict(std::size_t number) const;

    const std::vector<Dependency>& dependencies_;
    const std::vector<Import>& imports_;
    std::vector<std::vector<std::size_t>> packages_of_import_;  ///< numbers of dependencies
    std::vector<std::vector<std::size_t>> imports_of_package_;
    /// By the convention that names of Java begin with the domain of their makers: of packages, and of what is
    /// imported.
    std::set<std::string> owners_asked_for_, owners_imported_;
    std::set<std::string> typed_;  ///< packages of npm whose types are asked for
};

}  // namespace gsdb::codebase::packages
