#pragma once
// What the slots of objects made in a function hold, as far as the order of its statements says it. The points-to
// analysis knows no order; this gives it the last store instead of all: `d.a = f; d.a = g; d.a()` calls g.

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "modules/codebase/flow/flow.hpp"

namespace gsdb::codebase::flow::javascript {

/// One for each run of a function. Objects are known by the node of the variable that holds them.
class KnownSlots {
  public:
    /// The variable of this node holds an object that has just been made. `is_shared`: code elsewhere may use it.
    void track(Index node, bool is_shared);
    bool is_tracked(Index node) const { return objects_.contains(node); }

    /// The position of a store that no op does.
    static constexpr std::size_t no_op = SIZE_MAX;
    /// A slot takes a value, by the op at `position`.
    void put(Index node, Index key, Index value, std::size_t position);
    /// What a slot holds, or none.
    Index get(Index node, Index key);
    /// A slot, or where the key is none any slot, takes something that is not known.
    void overwrite(Index node, Index key);
    /// A slot that is not known by name is read.
    void see_all(Index node);

    /// The object goes where it may be used by others.
    void share(Index node);
    /// Something is stored in an object that is not known, or other code runs.
    void change_shared();
    /// What follows may not run, or may run again.
    void forget();

    /// Positions of stores that nothing can have seen before another came over them.
    const std::vector<std::size_t>& overwritten() const { return overwritten_; }

  private:
    struct Slot {
        Index value;
        std::size_t position;
        std::uint32_t reads;  ///< Object::reads when it was stored
    };
    struct Object {
        bool is_shared = false;
        std::uint32_t reads = 0;  ///< that may have been of any slot
        std::unordered_map<Index, Slot> slots;
    };

    void note(Index node, const Object& object);

    std::unordered_map<Index, Object> objects_;
    std::vector<Index> filled_;         ///< objects with slots
    std::vector<Index> filled_shared_;  ///< shared ones among them
    std::vector<std::size_t> overwritten_;
};

}  // namespace gsdb::codebase::flow::javascript
