#pragma once
// The abstract objects that move through the graph, each once.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "modules/codebase/extract/text_arena.hpp"
#include "modules/codebase/link/graph.hpp"

namespace gsdb::codebase::link {

/// Texts of all files, each once.
using NameId = std::uint32_t;

class NameTable {
  public:
    NameId id(std::string_view text);
    std::string_view text(NameId id) const { return texts_[id]; }

  private:
    extract::TextArena arena_;
    std::vector<std::string_view> texts_;
    boost::unordered_flat_map<std::string_view, NameId> ids_;
};

/// Two numbers as one key.
constexpr std::uint64_t pair_of(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::uint64_t>(a) << 32U | b;
}

enum class ObjectKind : std::uint8_t {
    function,        ///< a: function, b: frame that it was made in
    bound,           ///< a: function object, b: the object it is bound to
    class_,          ///< a: class, b: frame that it was made in
    instance,        ///< a: class or function object; b, c: op and frame that made it where instances are told apart
    container,       ///< a: op, b: frame, c: flow::ContainerKind
    made_container,  ///< what a call makes that is not written in the file: a: node it is made for, b: which, c: kind
    module,          ///< a: module
    external,        ///< a: external object it is an attribute of, or none; b: name; c: language
    builtin,         ///< a: builtin it is an attribute of, or none; b: name; c: language
    builtin_method,  ///< a: object it is called on, b: name
    super,           ///< a: receiver, b: class object whose bases are asked
    literal,         ///< a: text
    prototype,       ///< a: class or function object whose instances it serves
    package,         ///< a: package
    reference,       ///< a: class object, b: name of a method whose receiver is its first argument
};

struct Object {
    ObjectKind kind{};
    std::uint32_t a = no_id;
    std::uint32_t b = no_id;
    std::uint32_t c = no_id;

    bool operator==(const Object&) const = default;
};

class ObjectTable {
  public:
    ObjectId id(const Object& object);
    const Object& operator[](ObjectId id) const { return objects_[id]; }
    std::size_t size() const { return objects_.size(); }
    const std::vector<Group>& groups() const { return groups_; }

  private:
    struct Hash {
        std::size_t operator()(const Object& o) const {
            std::uint64_t h = static_cast<std::uint64_t>(o.kind) * 0x9E3779B97F4A7C15ULL;
            for (const auto part : {o.a, o.b, o.c}) h = (h ^ part) * 0xBF58476D1CE4E5B9ULL, h ^= h >> 29U;
            return h;
        }
    };
    std::vector<Object> objects_;
    std::vector<Group> groups_;
    boost::unordered_flat_map<Object, ObjectId, Hash> ids_;
};

}  // namespace gsdb::codebase::link
