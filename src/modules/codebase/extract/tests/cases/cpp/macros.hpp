#pragma once
#define LIB_EXPORT __attribute__((visibility("default")))
#define LIB_LOOP(x)  \
    do {             \
        use(x); /* a comment that would end it */ \
    } while (0)

namespace lib {

class LIB_EXPORT Widget : public Base {
  public:
    Widget() LIB_NOEXCEPT : a_(1) {}
    Widget(const Widget&) = delete;
    Widget& operator=(const Widget&) = delete;
    virtual ~Widget();
    void lock() LIB_ACQUIRE(mutex_);

  private:
    int a_;
    Mutex mutex_ LIB_GUARDED_BY(other_);
};

LIB_EXPORT const char* name(int kind);
LIB_EXPORT extern int shared;

}  // namespace lib
