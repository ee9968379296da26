#pragma once
// How one of our roles connects.

#include <string_view>

#include "cluster/home.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::app {

/// As the administrator does, but as that role; with the password that the home keeps of it, where one is needed.
pg::ConnectOptions as_role(pg::ConnectOptions administrator, std::string_view role, const cluster::Home* passwords);

}  // namespace gsdb::app
