#pragma once
// Statements that control never comes to, and cases that it runs through.

#include <cstdint>
#include <vector>

#include "modules/codebase/checks/context.hpp"

namespace gsdb::codebase::checks {

class Control {
  public:
    void start(Context& context);
    /// Called with every node that means something, after leave().
    void enter(TSNode node, Kind kind, bool is_statement, std::uint32_t depth);
    /// Everything that began at this depth or deeper is over.
    void leave(std::uint32_t depth) {
        while (!blocks_.empty() && blocks_.back().depth >= depth) blocks_.pop_back();
        while (!switches_.empty() && switches_.back().depth > depth) switches_.pop_back();
    }

  private:
    struct Block {
        std::uint32_t depth;
        bool is_case;
        bool has_ended = false;  ///< control does not come to the next statement
    };
    struct Switch {
        std::uint32_t depth;       ///< of its cases
        bool falls = false;        ///< the last case may run on
        std::uint32_t last_begin;  ///< byte where the last case begins
    };

    void statement(TSNode node, Kind kind, Block& around);
    void enter_case(TSNode node, std::uint32_t depth);
    bool is_explained(std::uint32_t from, TSNode next) const;
    bool may_run_on(TSNode node) const;

    Context* context_ = nullptr;
    bool finds_unreachable_ = false, finds_fallthrough_ = false;
    std::vector<Block> blocks_;
    std::vector<Switch> switches_;
};

}  // namespace gsdb::codebase::checks
