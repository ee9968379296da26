#include "process/environment.hpp"

#include <cstdlib>

namespace gsdb::process {

std::map<std::string, std::string> allowed_environment(std::span<const std::string_view> names) {
    std::map<std::string, std::string> allowed;
    for (const auto name : names) {
        std::string key(name);
        if (const char* value = std::getenv(key.c_str())) allowed.emplace(std::move(key), value);
    }
    return allowed;
}

}  // namespace gsdb::process
