#pragma once
// One life of the server process, from exec to exit. Owned by one thread, which has to outlive the process: the kernel
// shuts the server down when that thread ends.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>

#include "base/error.hpp"
#include "cluster/child_process.hpp"

namespace gsdb::cluster {

class Postmaster {
  public:
    static Result<Postmaster> launch(const Command& command);
    Postmaster(Postmaster&& other) noexcept;
    Postmaster& operator=(Postmaster&&) = delete;
    ~Postmaster();

    pid_t pid() const { return pid_; }
    void signal(int number) const;

    /// How the process ended; nothing while it runs.
    std::optional<int> exit_status();

    /// Sleeps until the process ends, `wake` (a descriptor) is readable, or `limit` is over.
    void wait(int wake, std::chrono::milliseconds limit);

  private:
    explicit Postmaster(pid_t pid);
    pid_t pid_;
    int descriptor_;  ///< pidfd; -1 on a kernel without them, which costs a poll every 50 ms
    std::optional<int> status_{};
};

}  // namespace gsdb::cluster
