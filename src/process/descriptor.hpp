#pragma once
// A file descriptor that closes itself.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gsdb::process {

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { close(); }

    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }
    void close() {
        if (is_open()) ::close(release());
    }

  private:
    int number_ = -1;
};

/// What a call that opens has answered, moved above the three standard streams, which are replaced in a child.
/// Throws std::system_error if there is none.
inline Descriptor opened(int number, const char* what) {
    if (number >= 0 && number <= STDERR_FILENO) {
        const Descriptor low(number);
        number = ::fcntl(low.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    }
    if (number < 0) throw std::system_error(errno, std::generic_category(), what);
    return Descriptor(number);
}

}  // namespace gsdb::process
