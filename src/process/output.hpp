#pragma once
// Reads what a command writes, within its limit.

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <exception>
#include <memory>

#include "base/steady_timer.hpp"
#include "process/descriptor.hpp"
#include "process/lines.hpp"
#include "process/run.hpp"

namespace gsdb::process {

/// What the two streams of a command share.
struct Output {
    OnLine on_line;
    std::uint64_t bytes_left = 0;
    AtOutputLimit at_limit = AtOutputLimit::cut;
    std::function<void(End)> end_tree;

    bool is_cut = false;
    std::exception_ptr thrown{};  ///< by on_line; what follows is thrown away
};

/// One stream: the end of a pipe that is read. Both it and the coroutine that reads hold it.
class OutputStream {
  public:
    OutputStream(Executor executor, Descriptor pipe, Stream stream, std::shared_ptr<Output> output);

    /// Reads as there is something to read, until the end of the pipe or close().
    static Task<> read_on(std::shared_ptr<OutputStream> self);

    /// The writers are gone: takes what is left in the pipe and ends the last line. Nothing is passed on afterwards.
    void close();

  private:
    std::size_t take_some();
    void pass_on(std::string_view bytes);
    void guarded(const std::function<void()>& passing_on);

    asio::posix::basic_stream_descriptor<Executor> pipe_;
    SteadyTimer pause_;
    std::shared_ptr<Output> output_;
    Lines lines_;
    bool is_at_end_ = false;
};

}  // namespace gsdb::process
