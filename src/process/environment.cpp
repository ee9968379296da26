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

std::map<std::string, std::string> harmless_environment_with(const std::vector<std::string>& names) {
    std::vector<std::string_view> all(harmless_variables.begin(), harmless_variables.end());
    all.insert(all.end(), names.begin(), names.end());
    return allowed_environment(all);
}

}  // namespace gsdb::process
