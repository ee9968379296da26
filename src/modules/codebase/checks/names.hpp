#pragma once
// Which local names of a file are mentioned, and which are only given a value.
//
// A name counts as used when it is mentioned anywhere in the function that binds it, functions inside included, whoever
// it means there: so what is called unused is, and some that are unused are not found.

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/checks/rules.hpp"

namespace gsdb::codebase::checks {

/// What gives a name its value.
struct Binding {
    RuleKey rule{};  ///< that it breaks when nothing mentions the name
    std::string_view name;
    std::uint32_t start = 0, end = 0;  ///< bytes of the place to show
    bool is_trailing = false;          ///< of a parameter: counts only where none behind it is used
};

class Names {
  public:
    void start();

    /// A function begins; the file as a whole is open from the start.
    void open(std::uint32_t depth);
    void bind(Binding binding) { scopes_.back().bindings.push_back(binding); }
    void bind_in_file(Binding binding) { scopes_.front().bindings.push_back(binding); }
    void mention(std::string_view name) { last_mention_[name] = ++mentions_; }
    /// Something may mention all names of the innermost function: `locals()`, `arguments`.
    void mention_all_of_function() { scopes_.back().is_all_used = true; }
    /// Something may mention all names that are visible here: `eval(...)`.
    void mention_all() {
        for (auto& scope : scopes_) scope.is_all_used = true;
    }
    /// Ends the functions that began at this depth or deeper. `unused` is called with each binding that nothing uses.
    template <class Unused>
    void leave(std::uint32_t depth, const Unused& unused) {
        while (scopes_.size() > 1 && scopes_.back().depth >= depth) close(unused);
    }
    template <class Unused>
    void finish(const Unused& unused) {
        leave(0, unused);
        close(unused);
    }
    bool is_in_function() const { return scopes_.size() > 1; }

  private:
    struct Scope {
        std::uint32_t depth = 0;
        std::uint64_t first_mention = 0;
        bool is_all_used = false;
        std::vector<Binding> bindings;
    };

    bool is_used(const Scope& scope, std::string_view name) const {
        if (scope.is_all_used) return true;
        const auto found = last_mention_.find(name);
        return found != last_mention_.end() && found->second > scope.first_mention;
    }

    template <class Unused>
    void close(const Unused& unused) {
        const auto scope = std::move(scopes_.back());
        scopes_.pop_back();
        bool is_last = true;  // no parameter behind is used
        std::unordered_set<std::string_view> said;
        for (auto binding = scope.bindings.rbegin(); binding != scope.bindings.rend(); ++binding) {
            const bool used = is_used(scope, binding->name);
            if (!used && (is_last || !binding->is_trailing) && said.insert(binding->name).second) unused(*binding);
            if (binding->is_trailing && used) is_last = false;
        }
    }

    std::vector<Scope> scopes_;
    std::unordered_map<std::string_view, std::uint64_t> last_mention_;  ///< counted over the file
    std::uint64_t mentions_ = 0;
};

inline void Names::start() {
    scopes_.clear();
    scopes_.push_back({});
    last_mention_.clear();
    mentions_ = 0;
}

inline void Names::open(std::uint32_t depth) {
    scopes_.push_back({.depth = depth, .first_mention = mentions_, .bindings = {}});
}

}  // namespace gsdb::codebase::checks
