#pragma once
// A file descriptor that closes itself.

#include <unistd.h>

#include <utility>

namespace gsdb {

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        const int number = other.release();
        close();
        number_ = number;
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

}  // namespace gsdb
