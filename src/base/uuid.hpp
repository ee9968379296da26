#pragma once
// UUIDs (RFC 9562) and the typed ids made of them.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace gsdb {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    bool is_nil() const { return *this == Uuid{}; }

    /// Version 7: ordered as made, within a millisecond by this process alone. Unique without coordination.
    static Uuid v7(const Clock& clock);

    /// Version 8 (custom): the first 16 bytes of `digest`, marked as RFC 9562 asks. For ids that are a function of
    /// content. `digest` has at least 16 bytes.
    static Uuid v8(ByteView digest);

    /// Accepts the canonical 8-4-4-4-12 form in either case and nothing else.
    static std::optional<Uuid> parse(std::string_view text);
};

std::string to_string(const Uuid& uuid);

/// A UUID that says what it identifies, so that swapping a task's with a project's does not compile.
template <class Tag>
struct Id {
    Uuid uuid;

    auto operator<=>(const Id&) const = default;
    static Id make(const Clock& clock) { return {Uuid::v7(clock)}; }
    static std::optional<Id> parse(std::string_view text) {
        if (auto uuid = Uuid::parse(text)) return Id{*uuid};
        return std::nullopt;
    }
};

template <class Tag>
std::string to_string(const Id<Tag>& id) {
    return to_string(id.uuid);
}

using OrganizationId = Id<struct OrganizationTag>;
using UserId = Id<struct UserTag>;
using ApiKeyId = Id<struct ApiKeyTag>;
using CredentialId = Id<struct CredentialTag>;
using ProjectId = Id<struct ProjectTag>;
using RepositoryId = Id<struct RepositoryTag>;
using CodebaseId = Id<struct CodebaseTag>;
using RunId = Id<struct RunTag>;
using BlobId = Id<struct BlobTag>;

/// The organization that exists in every database from the start: the owner of what a single user does on a laptop.
OrganizationId default_organization();

}  // namespace gsdb

template <>
struct std::hash<gsdb::Uuid> {
    std::size_t operator()(const gsdb::Uuid& uuid) const noexcept {
        // The tail of every version made here is random or a digest, so it is a hash already.
        std::size_t value;
        std::memcpy(&value, uuid.bytes.data() + 8, sizeof value);
        return value;
    }
};

template <class Tag>
struct std::hash<gsdb::Id<Tag>> {
    std::size_t operator()(const gsdb::Id<Tag>& id) const noexcept { return std::hash<gsdb::Uuid>{}(id.uuid); }
};
