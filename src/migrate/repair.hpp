#pragma once
// Everything behind `gsdb db doctor --fix`: what of the findings can be put right without a person's judgement.
//
//     Repairer repairer(connector, Layout::split(), schemas, &secrets, options);
//     auto plan = co_await repairer.plan();                  // changes nothing
//     for (const auto& repair : plan.repairs) co_await repairer.apply(repair);
//     auto left = co_await repairer.plan();                  // what was put right is no longer in it
//
// A repair never loses rows and never guesses: what an operator may have meant is left, with its remedy.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "migrate/connector.hpp"
#include "migrate/doctor.hpp"
#include "migrate/finding.hpp"
#include "migrate/installer.hpp"
#include "migrate/layout.hpp"
#include "migrate/migrator.hpp"
#include "migrate/secret_store.hpp"

namespace gsdb::migrate {

struct Repair {
    enum class How : std::uint8_t {
        sql,       ///< the action, as administrator in the finding's database
        alone,     ///< the same, as the owner of the object and outside a transaction
        install,   ///< roles, privileges, databases: as `gsdb db init` makes them
        routines,  ///< the module's routines are applied again
        mirrors    ///< what analytics_readonly sees is made again
    };
    Finding finding;
    How how = How::sql;
    std::string action;    ///< the SQL, or what is done in words
    std::string owner{};   ///< of How::alone: the role that it runs as
    std::string module{};  ///< of How::routines

    /// Whether both are about the same fault.
    bool is_same(const Repair& other) const;
};

struct RepairPlan {
    std::vector<Repair> repairs;
    Findings left;  ///< above info; needs a person
};

struct RepairOptions {
    std::string program_version;
    DoctorOptions doctor{};
};

class Repairer {
  public:
    /// Throws when a file of `schemas` is invalid. `secrets` outlives it.
    Repairer(Connector connect, Layout layout, std::span<const ModuleSchema> schemas, SecretStore* secrets,
             RepairOptions options);

    Task<RepairPlan> plan() const;
    Task<> apply(Repair repair) const;

  private:
    Task<> plan_drift(RepairPlan* plan) const;
    Task<> plan_database(const DatabaseTarget* target, RepairPlan* plan) const;
    Task<> apply_module(Repair repair) const;
    const ModuleFiles* module_of_object(std::string_view object) const;

    Connector connect_;
    Layout layout_;
    Migrator migrator_;
    Installer installer_;
    SecretStore* secrets_;
    RepairOptions options_;
};

}  // namespace gsdb::migrate
