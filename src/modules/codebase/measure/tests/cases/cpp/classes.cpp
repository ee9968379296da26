#include <vector>
namespace shapes {
/// Grows.
template <class T>
class Stack {
public:
    explicit Stack(int size = 0) : size_(size), data_(size > 0 ? new T[size] : nullptr) {}
    ~Stack() { delete[] data_; }
    Stack(const Stack&) = delete;
    /// Puts.
    void push(T value) { if (size_ && value) data_[size_++] = value; }
    int size() const { return this->size_; }
    bool other() const { return flag; }
    bool again() const { return helper(); }
    bool helper() const { return flag || size(1); }
    int size(int) const { return 1; }
    void far(const T& x);
private:
    T* data_;
    int size_;
    bool flag = true;
};

template <class T>
void Stack<T>::far(const T& x) {
    try {
        for (auto& y : data_) std::sort(y, x, [&](auto a, auto b) { return a < b && b ? true : false; });
    } catch (const std::exception& e) {
        if constexpr (sizeof(T) > 4) throw;
    } catch (...) {}
}
}  // namespace shapes
int main() { for (auto&& x : v) while (x) return 1; }
