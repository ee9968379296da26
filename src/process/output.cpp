#include "process/output.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>

namespace gsdb::process {

namespace {

constexpr std::size_t piece_bytes = 64 << 10;
// Between pieces that are thrown away: who floods us waits for us, not the other way round.
constexpr std::chrono::milliseconds pause_after_cut{2};

}  // namespace

OutputStream::OutputStream(Executor executor, Descriptor pipe, Stream stream, std::shared_ptr<Output> output)
    : pipe_(executor, pipe.release()),
      pause_(executor),
      output_(std::move(output)),
      lines_(line_bytes_max, [stream, shared = output_.get()](std::string_view line) {
          if (shared->on_line) shared->on_line(stream, line);
      }) {
    pipe_.native_non_blocking(true);
}

Task<> OutputStream::read_on(std::shared_ptr<OutputStream> self) {
    while (!self->is_at_end_) {
        const auto [error] =
            co_await self->pipe_.async_wait(asio::posix::descriptor_base::wait_read, asio::as_tuple(use_task));
        if (error || self->is_at_end_) co_return;
        self->take_some();
        if (!self->output_->is_cut || self->is_at_end_) continue;
        self->pause_.expires_after(pause_after_cut);
        co_await self->pause_.async_wait(asio::as_tuple(use_task));
    }
}

void OutputStream::close() {
    // All that the tree can have left is what the pipe holds. Somebody else may have got hold of it and write on.
    auto left = static_cast<std::size_t>(std::max(0, fcntl(pipe_.native_handle(), F_GETPIPE_SZ)));
    while (!is_at_end_ && left > 0) {
        const auto taken = take_some();
        if (taken == 0) break;
        left -= std::min(left, taken);
    }
    is_at_end_ = true;
    guarded([this] { lines_.finish(); });
    boost::system::error_code ignored;
    pipe_.close(ignored);
    pause_.cancel();
}

/// How many bytes there were; 0 if there were none for now, or will be none any more.
std::size_t OutputStream::take_some() {
    std::array<char, piece_bytes> piece;
    const auto got = ::read(pipe_.native_handle(), piece.data(), piece.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) {
        is_at_end_ = true;
        guarded([this] { lines_.finish(); });
        return 0;
    }
    pass_on({piece.data(), static_cast<std::size_t>(got)});
    return static_cast<std::size_t>(got);
}

void OutputStream::pass_on(std::string_view bytes) {
    const auto allowed =
        bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), output_->bytes_left)));
    output_->bytes_left -= allowed.size();
    guarded([&] { lines_.add(allowed); });
    if (allowed.size() == bytes.size()) return;
    output_->is_cut = true;
    if (output_->at_limit == AtOutputLimit::end) output_->end_tree(End::output_limit);
}

void OutputStream::guarded(const std::function<void()>& passing_on) {
    if (output_->thrown) return;
    try {
        passing_on();
    } catch (...) {
        output_->thrown = std::current_exception();
        output_->end_tree(End::cancelled);
    }
}

}  // namespace gsdb::process
