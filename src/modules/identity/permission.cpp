#include "modules/identity/permission.hpp"

#include <algorithm>
#include <array>

namespace gsdb::identity {

namespace {

constexpr std::array<std::string_view, 4> role_labels{"viewer", "member", "admin", "owner"};
constexpr std::array<std::string_view, 3> access_labels{"read", "write", "admin"};

template <class Enum, std::size_t size>
std::optional<Enum> parse(const std::array<std::string_view, size>& labels, std::string_view label) {
    auto found = std::ranges::find(labels, label);
    if (found == labels.end()) return std::nullopt;
    return static_cast<Enum>(found - labels.begin());
}

bool is_area(std::string_view text) {
    auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    return !text.empty() && is_lower(text[0]) &&
           std::ranges::all_of(text, [&](char c) { return is_lower(c) || c == '_'; });
}

/// A scope in its two halves; nothing for "*" and for what is no scope.
std::optional<Permission> split(std::string_view scope) {
    auto colon = scope.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto access = parse<Access>(access_labels, scope.substr(colon + 1));
    if (!access || !is_area(scope.substr(0, colon))) return std::nullopt;
    return Permission{scope.substr(0, colon), *access};
}

}  // namespace

std::string_view to_string(Role role) {
    return role_labels[static_cast<std::size_t>(role)];
}
std::optional<Role> parse_role(std::string_view label) {
    return parse<Role>(role_labels, label);
}
std::string_view to_string(Access access) {
    return access_labels[static_cast<std::size_t>(access)];
}

std::optional<Access> parse_access(std::string_view label) {
    return parse<Access>(access_labels, label);
}

Role role_needed(Access access) {
    switch (access) {
        case Access::read:
            return Role::viewer;
        case Access::write:
            return Role::member;
        case Access::admin:
            return Role::admin;
    }
    return Role::owner;
}

bool is_scope(std::string_view scope) {
    return scope == "*" || split(scope).has_value();
}

bool covers(const std::vector<std::string>& scopes, Permission permission) {
    return std::ranges::any_of(scopes, [&](std::string_view scope) {
        if (scope == "*") return true;
        auto held = split(scope);
        return held && held->area == permission.area && held->access >= permission.access;
    });
}

std::optional<std::string> scope_beyond(const std::vector<std::string>& held, const std::vector<std::string>& wanted) {
    for (const auto& scope : wanted) {
        auto permission = split(scope);
        bool covered = permission ? covers(held, *permission) : std::ranges::find(held, "*") != held.end();
        if (!covered) return scope;
    }
    return std::nullopt;
}

}  // namespace gsdb::identity
