#pragma once
// A command under its supervisor, as gsdb sees it.

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <optional>

#include "process/cgroup.hpp"
#include "process/descriptor.hpp"
#include "process/supervisor.hpp"

namespace gsdb::process {

/// While it exists the supervisor does; its end is the end of the tree.
class Watched {
  public:
    /// Forks the supervisor. Throws Failure process.cannot_start, where not even that can be done.
    Watched(Executor executor, const Command& command);
    /// Ends the tree at once, if it has not ended, and waits for that.
    ~Watched();
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    /// The ends of the pipes that the command writes to.
    Descriptor output, errors;

    /// Has the tree ended, for that cause. From any thread.
    void end_tree(End cause) const;

    /// Readable when the supervisor has ended.
    asio::posix::basic_stream_descriptor<Executor>& ended() { return ended_; }

    /// After its end: what it had to say; nothing if it was killed, and the control group is then emptied.
    std::optional<Report> report();

  private:
    void reap();

    std::optional<Cgroup> cgroup_;
    Descriptor control_;
    pid_t supervisor_ = -1;
    asio::posix::basic_stream_descriptor<Executor> ended_;
};

}  // namespace gsdb::process
