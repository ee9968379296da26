#pragma once
// Results of validations of the stage that a run is in.

#include <boost/json.hpp>
#include <string>

#include "engine/run_context.hpp"

namespace gsdb::engine {

void pass(RunContext& run, const std::string& key, boost::json::array findings, const std::string& checkpoint = "exit");
/// With what was found; an empty list is given a word.
void fail(RunContext& run, const std::string& key, boost::json::array findings, bool is_blocking = true);
void skip(RunContext& run, const std::string& key, const std::string& reason, const std::string& checkpoint = "exit");
/// The same with what was found nevertheless.
void skip(RunContext& run, const std::string& key, const std::string& reason, boost::json::array findings);
/// Passed or failed, as the value says.
void measure(RunContext& run, const std::string& key, workflows::MadeValidation::Measured measured,
             boost::json::array findings, bool is_blocking = true);

}  // namespace gsdb::engine
