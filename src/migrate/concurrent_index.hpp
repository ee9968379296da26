#pragma once
// Recognises statements that build an index beside running writers.

#include <optional>
#include <string>
#include <string_view>

namespace gsdb::migrate {

/// The index that `create [unique] index concurrently [if not exists] NAME on [only] SCHEMA.TABLE` makes.
struct ConcurrentIndex {
    std::string schema;
    std::string name;
};

/// Nothing for any other statement. A name or schema that is not spelled out is empty.
std::optional<ConcurrentIndex> concurrent_index_of(std::string_view statement);

}  // namespace gsdb::migrate
