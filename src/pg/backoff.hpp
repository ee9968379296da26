#pragma once
// Pauses between attempts: doubling up to a limit, each drawn from the upper half so that clients do not march in step.

#include <chrono>

namespace gsdb::pg {

struct Backoff {
    std::chrono::milliseconds first{10};
    std::chrono::milliseconds max{1'000};

    /// The pause after `failures` failures, from 1.
    std::chrono::milliseconds pause(int failures) const;
};

}  // namespace gsdb::pg
