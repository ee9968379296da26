#include <vector>
#include "a.hpp"

using namespace std;
using std::vector;
using ns::Base;
namespace fs = std::filesystem;

namespace outer::inner {

class Forward;

/// A thing.
/// With two lines.
template <class T, int N = 3>
class Thing final : public Base<T>, private virtual ns::Other {
    int hidden_ = 0;

  public:
    using value_type = T;
    typedef T* pointer;
    enum class State : char { on, off };
    static constexpr int limit = 10;
    const int fixed = 1;

    explicit Thing(T value) : hidden_(value), Base<T>(1) { init(); }
    Thing(const Thing&) = delete;
    virtual ~Thing();
    virtual void draw(int x, int y = 0) const = 0;
    void draw() override { this->hidden_ = other.field; }
    static Thing make() { return Thing(1); }
    Thing& operator=(const Thing& other);
    bool operator==(const Thing&) const noexcept { return true; }
    operator bool() const { return true; }
    template <class U> void convert(U u) {}
    friend void swap(Thing& a, Thing& b);
    auto trailing() -> std::vector<int>;

  protected:
    struct Nested { int n; };
    Nested nested_, *pointer_;

  private:
    void secret();
};

template <class T, int N>
Thing<T, N>::~Thing() { delete this; }

template <> void specialized<int>(int) {}

void Forward::method(int a) & { helper(a); }
int Forward::counter = 0;
std::ostream& operator<<(std::ostream& out, const Forward& f) { return out << f.a; }
int Forward::operator()(int x) { return x; }

}  // namespace outer::inner

namespace {
int internal_variable;
void internal() {
    auto lambda = [&](int x) { int in_lambda = 1; return call(x); };
    std::unique_ptr<Foo> p = std::make_unique<Foo>(1);
    auto* q = new ns::Foo<int>(1, 2);
    obj.member.method<int>(3);
    ptr->run();
    ns::function();
    struct InFunction { void method() {} };
    Foo x(1);
}
}  // namespace

extern "C" {
void c_function(int);
int c_variable;
}
extern "C" void single(void) {}

template <typename T> concept Small = sizeof(T) <= 8;
template <Small T> T small(T t) { return t; }
template <class T> using Alias = std::vector<T>;
template <class T> constexpr T pi = T(3.14);

class EXPORT_MACRO Exported : public Base {
  public:
    void visible();
};
struct [[deprecated]] Old { int a = 1; };
union Either { int i; float f; };
inline namespace v1 { void versioned(); }
constexpr auto answer = 42;
auto deduced(int x) -> int { return x; }
TEST(Suite, Name) { EXPECT_EQ(1, 1); }
[[nodiscard]] int nodiscard();
void (*function_pointer)(int) = nullptr;
int array[3] = {1, 2, 3};
static int file_local() { return 0; }
