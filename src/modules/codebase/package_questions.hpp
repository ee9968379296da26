#pragma once
// What people and agents ask of the packages that a codebase needs: which, from where, under which licence, used by
// what, locked as asked for.

#include <string>
#include <vector>

#include "base/task.hpp"
#include "modules/codebase/database.hpp"
#include "modules/codebase/packages/usage.hpp"
#include "modules/codebase/questions.hpp"
#include "pg/database.hpp"

namespace gsdb::codebase {

struct UsedPackage {
    std::string codebase;
    packages::Dependency dependency;
    packages::Verdict verdict;
    std::string outdated;  ///< why the lock file does not go with the manifest; empty where it does or nobody knows
};

struct MissingPackage {
    std::string codebase;
    packages::Missing missing;
};

/// What is asked for. Without a choice all packages are shown; what is missing only when it is asked for.
struct PackageFilter {
    bool direct = false;    ///< those alone that manifests ask for
    bool unused = false;    ///< ... that nothing imports or runs
    bool missing = false;   ///< what is imported and no manifest asks for
    bool outdated = false;  ///< ... whose lock file does not go with the manifest

    bool is_check() const { return unused || missing || outdated; }
};

struct PackageAnswer {
    std::vector<UsedPackage> packages;  ///< by codebase, manifest and line
    std::vector<MissingPackage> missing;
};

/// Answers about one codebase or all.
Task<PackageAnswer> packages_of(pg::Database<Database> database, Scope scope, PackageFilter filter);

}  // namespace gsdb::codebase
