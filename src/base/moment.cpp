#include "base/moment.hpp"

namespace gsdb {

namespace {

using namespace std::chrono;

class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    /// Exactly so many digits.
    std::optional<int> number(std::size_t digits) {
        int value = 0;
        if (rest_.size() < digits) return std::nullopt;
        for (char c : rest_.substr(0, digits)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }
    bool one_of(std::string_view characters) {
        if (rest_.empty() || !characters.contains(rest_.front())) return false;
        last_ = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }
    char last() const { return last_; }
    bool is_done() const { return rest_.empty(); }

    /// Digits behind a decimal point, as microseconds; what is finer is cut off.
    microseconds fraction() {
        std::int64_t value = 0, unit = 100'000;
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1), unit /= 10)
            value += (rest_.front() - '0') * unit;
        return microseconds(value);
    }

  private:
    std::string_view rest_;
    char last_ = '\0';
};

std::optional<sys_days> read_date(Scanner& scanner) {
    const auto y = scanner.number(4);
    if (!y || !scanner.one_of("-")) return std::nullopt;
    const auto m = scanner.number(2);
    if (!m || !scanner.one_of("-")) return std::nullopt;
    const auto d = scanner.number(2);
    if (!d) return std::nullopt;
    const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
    return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

std::optional<microseconds> read_time(Scanner& scanner) {
    const auto h = scanner.number(2);
    if (!h || *h > 23 || !scanner.one_of(":")) return std::nullopt;
    const auto m = scanner.number(2);
    if (!m || *m > 59 || !scanner.one_of(":")) return std::nullopt;
    const auto s = scanner.number(2);
    if (!s || *s > 59) return std::nullopt;
    const auto fraction = scanner.one_of(".") ? scanner.fraction() : microseconds(0);
    return hours(*h) + minutes(*m) + seconds(*s) + fraction;
}

std::optional<minutes> read_offset(Scanner& scanner) {
    if (scanner.one_of("Zz")) return minutes(0);
    if (!scanner.one_of("+-")) return std::nullopt;
    const int sign = scanner.last() == '-' ? -1 : 1;
    const auto h = scanner.number(2);
    if (!h || *h > 15) return std::nullopt;
    if (scanner.is_done()) return sign * hours(*h);
    scanner.one_of(":");
    const auto m = scanner.number(2);
    if (!m || *m > 59) return std::nullopt;
    return sign * (hours(*h) + minutes(*m));
}

}  // namespace

std::optional<Timestamp> parse_moment(std::string_view text) {
    Scanner scanner(text);
    const auto date = read_date(scanner);
    if (!date || !scanner.one_of("T ")) return std::nullopt;
    const auto time = read_time(scanner);
    if (!time) return std::nullopt;
    const auto offset = read_offset(scanner);
    if (!offset || !scanner.is_done()) return std::nullopt;
    return *date + *time - *offset;
}

}  // namespace gsdb
