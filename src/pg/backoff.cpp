#include "pg/backoff.hpp"

#include <algorithm>
#include <random>

namespace gsdb::pg {

std::chrono::milliseconds Backoff::pause(int failures) const {
    thread_local std::minstd_rand random{std::random_device{}()};
    auto full = std::min<long long>(max.count(), first.count() << std::clamp(failures - 1, 0, 30));
    return std::chrono::milliseconds{std::uniform_int_distribution<long long>{(full + 1) / 2, full}(random)};
}

}  // namespace gsdb::pg
