#pragma once
// What somebody asks for who starts a run: at the command line, or over HTTP.

#include <boost/json.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "engine/parameters.hpp"
#include "modules/projects/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::engine {

struct RunOrder {
    Parameters parameters;      ///< `agent` as people write it until the order is checked: command:COMMAND
    std::string name;           ///< empty: the requirement's title
    std::string base_branch;    ///< empty: the one that is checked out
    std::string template_slug;  ///< empty: the organization's default
    std::optional<std::string> idempotency_key;
};

/// From a request's body. Errors: request.bad_body, which names the field.
Result<RunOrder> read_order(const boost::json::object& body);

/// Finds all that can be wrong with it before anything begins, and fills in what was left out. Relative paths are meant
/// from `folder`; an empty one takes none. Asks git, so it blocks. Throws Failures: workflows.relative_path,
/// workflows.no_repository, workflows.unknown_agent, workflows.no_such_place, and what is wrong with the requirement.
RunOrder checked(RunOrder order, const std::string& folder, std::stop_token stop = {});

/// Starts what was checked: the same key starts one run. Needs workflows:write. "workflows.template_unknown".
Task<Result<Uuid>> start_run(workflows::Executions executions, projects::Projects projects, identity::Actor actor,
                             RunOrder order);

}  // namespace gsdb::engine
