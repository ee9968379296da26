#pragma once
// LCOM4 of Hitz and Montazeri ("Measuring Coupling and Cohesion in Object-Oriented Systems", 1995): into how many
// groups the methods of a type fall that share no field and do not call each other.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/metrics.hpp"

namespace gsdb::codebase::measure {

class Cohesion {
  public:
    void start(const extract::FileFacts& facts);
    /// A name stands at `byte`: by itself, or behind `this.`
    void mention(std::uint64_t hash, std::uint32_t byte, bool is_behind_this) {
        if (keeps_names_ || (keeps_names_behind_this_ && is_behind_this)) mentions_.push_back({hash, byte});
    }
    /// Fills in the groups of the types.
    void finish(const extract::FileFacts& facts, FileMetrics& out);

  private:
    struct Mention {
        std::uint64_t hash;
        std::uint32_t byte;
    };
    /// A name that a type has as a member.
    struct Member {
        std::uint32_t type;
        std::uint64_t name;
        bool operator==(const Member&) const = default;
    };
    struct MemberHash {
        std::size_t operator()(const Member& member) const { return member.name * 31 + member.type; }
    };

    bool find_types(const extract::FileFacts& facts);
    void find_members(const extract::FileFacts& facts);
    std::uint32_t type_named(const extract::FileFacts& facts, std::string_view name) const;
    std::uint32_t method_around(const extract::FileFacts& facts, std::uint32_t element) const;
    void join_by_references(const extract::FileFacts& facts);
    void join_by_mentions(const extract::FileFacts& facts);
    void use(std::uint32_t method, std::uint64_t name);
    void add_member(std::uint32_t type, std::uint64_t name);
    std::uint32_t group_of(std::uint32_t node);

    bool keeps_names_ = false;              ///< languages that name members without `this.`
    bool keeps_names_behind_this_ = false;  ///< Rust, for what is in macros
    std::vector<Mention> mentions_;
    std::unordered_map<std::string_view, std::uint32_t> types_;
    std::vector<std::uint32_t> type_of_;  ///< the type that an element is a member of, or no_element
    std::unordered_map<Member, std::uint32_t, MemberHash> members_;
    std::vector<std::uint32_t> groups_;  ///< union-find: the elements, then the members by name
};

}  // namespace gsdb::codebase::measure
