#pragma once
// What a run does, as it does it: for whoever watches.

#include <functional>
#include <optional>
#include <string>

namespace gsdb::engine {

struct News {
    enum class Kind {
        stage_began,      ///< `stage`
        stage_completed,  ///< `text`: what came of it
        step_began,       ///< `step`, `attempt`
        step_ended,       ///< `text`: the change, or why it failed
        step_said,        ///< a line of the agent; of no step where it makes the plan
        remark            ///< anything else worth a line
    };
    Kind kind{};
    std::string stage{};        ///< its key; this and the two below are filled in by the run
    int place = 0, places = 0;  ///< of the stage among all
    int step = 0;               ///< number of the step, from 1; 0 when it is about none
    int attempt = 0;
    std::string text{};
};

/// May be called from several threads, one at a time.
using OnNews = std::function<void(const News&)>;

}  // namespace gsdb::engine
