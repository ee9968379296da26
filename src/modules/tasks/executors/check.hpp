#pragma once
// What is asked of an executor, looked at before it is put into the queue.

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace gsdb::tasks {

/// Whether the executor understands the configuration: "tasks.bad_configuration" says what is wrong. Both are JSON.
Result<void> check_configuration(std::string_view executor, const std::string& configuration, const std::string& input);

}  // namespace gsdb::tasks
