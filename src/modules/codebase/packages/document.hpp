#pragma once
// JSON, TOML, YAML and XML as one kind of tree, in which every value knows its line.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::codebase::packages {

struct Entry;

/// A value and what is in it. Of XML an element is a table of its attributes, named `@name`, and of its children, each
/// under the name of its element without the prefix; `text` is what stands between them.
struct Value {
    enum class Kind : std::uint8_t { nothing, scalar, list, table };
    Kind kind = Kind::nothing;
    std::uint32_t line = 0;  ///< from 1
    bool is_text = false;    ///< a scalar that was written as a text, not as a number, a truth value or a date
    std::string text;        ///< of a scalar: `true`, `1.5`
    std::vector<Entry> entries;

    bool is_table() const { return kind == Kind::table; }
    bool is_list() const { return kind == Kind::list; }
    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_true() const { return is_scalar() && text == "true"; }
    explicit operator bool() const { return kind != Kind::nothing; }

    /// The first entry of that name; an empty value where there is none.
    const Value& operator[](std::string_view key) const;
};

/// What a table has under a name, or an item of a list. Tables of TOML have theirs in the order of their names, all
/// others in the order in which they are written.
struct Entry {
    std::string key;         ///< empty in a list
    std::uint32_t line = 0;  ///< of the key
    Value value;
};

/// Why a text cannot be read.
struct Broken {
    std::uint32_t line = 0;  ///< 0 where it is not known
    std::string cause;
};

using Document = std::expected<Value, Broken>;

/// Values that stand deeper than that, or are more than that, make a document broken.
constexpr std::size_t depth_max = 64;
constexpr std::size_t values_max = 4'000'000;

Document read_json(std::string_view text);
Document read_toml(std::string_view text);
/// Anchors are read, what refers to them is not followed: no lock file needs it, and it could grow without bound.
Document read_yaml(std::string_view text);
/// Without external entities; a document that declares entities of its own is refused.
Document read_xml(std::string_view text);

}  // namespace gsdb::codebase::packages
