#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gsdb::events {

/// Whose signature scheme and payload a source has. The labels are those of events.source_kind.
enum class SourceKind : std::uint8_t { github, linear, slack, notion, ci, deployment, generic };

inline constexpr std::array<std::string_view, 7> source_kind_labels{"github", "linear",     "slack",  "notion",
                                                                    "ci",     "deployment", "generic"};

constexpr std::string_view to_label(SourceKind kind) {
    return source_kind_labels[static_cast<std::size_t>(kind)];
}
constexpr std::optional<SourceKind> source_kind_from_label(std::string_view label) {
    for (std::size_t i = 0; i < source_kind_labels.size(); ++i)
        if (source_kind_labels[i] == label) return static_cast<SourceKind>(i);
    return std::nullopt;
}

}  // namespace gsdb::events
