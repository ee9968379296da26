#include "app/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace gsdb::app {

std::string format_count(std::int64_t count) {
    auto digits = std::to_string(count < 0 ? -count : count);
    for (auto position = static_cast<std::ptrdiff_t>(digits.size()) - 3; position > 0; position -= 3)
        digits.insert(static_cast<std::size_t>(position), 1, ',');
    return count < 0 ? "-" + digits : digits;
}

std::string format_bytes(std::int64_t bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (std::abs(value) >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    if (unit == 0) return fmt::format("{} B", bytes);
    return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : value < 100 ? 1 : 0, units[unit]);
}

std::string format_seconds(double seconds) {
    if (seconds < 1) return fmt::format("{:.3f} s", seconds);
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    auto whole = std::llround(seconds);
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

std::string bar_text(std::int64_t done, std::int64_t total, int width) {
    auto share = total > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0) : 0.0;
    auto filled = static_cast<int>(share * width);
    std::string bar(static_cast<std::size_t>(filled), '=');
    if (filled < width) bar += '>';
    bar.resize(static_cast<std::size_t>(width), ' ');
    return "[" + bar + "]";
}

ProgressBar::Output ProgressBar::detect() {
    return isatty(STDERR_FILENO) != 0 ? Output::terminal : Output::lines;
}

ProgressBar::ProgressBar(std::string label, Output output)
    : label_(std::move(label)), output_(output), started_(std::chrono::steady_clock::now()) {}

ProgressBar::~ProgressBar() {
    clear();
}

void ProgressBar::update(std::int64_t done, std::int64_t total, std::string_view detail) {
    using namespace std::chrono_literals;
    if (output_ == Output::none) return;
    auto now = std::chrono::steady_clock::now();
    auto pause = output_ == Output::terminal ? 100ms : 5000ms;
    auto since = drawn_ ? last_drawn_ : (output_ == Output::terminal ? started_ - pause : started_);
    if (now - since < pause) return;
    last_drawn_ = now;
    drawn_ = true;
    auto share =
        total > 0 ? fmt::format("{:3.0f} %", 100.0 * static_cast<double>(done) / static_cast<double>(total)) : "";
    if (output_ == Output::terminal)
        fmt::print(stderr, "\r\033[K{} {} {} {}", label_, bar_text(done, total, 30), share, detail);
    else
        fmt::print(stderr, "{} {} {}\n", label_, share, detail);
    std::fflush(stderr);
}

void ProgressBar::clear() {
    if (drawn_ && output_ == Output::terminal) {
        fmt::print(stderr, "\r\033[K");
        std::fflush(stderr);
    }
    drawn_ = false;
}

std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

namespace {

bool is_figure(std::string_view text) {
    if (text.empty()) return true;
    return std::isdigit(static_cast<unsigned char>(text.front())) != 0 ||
           (text.size() > 1 && text.front() == '-' && std::isdigit(static_cast<unsigned char>(text[1])) != 0);
}

}  // namespace

std::string Table::text(int indent) const {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
    for (std::size_t column = 0; column < headers_.size(); ++column) {
        auto width = display_width(headers_[column]);
        for (const auto& row : rows_) width = std::max(width, display_width(row[column]));
        widths.push_back(width);
        right.push_back(!rows_.empty() &&
                        std::ranges::all_of(rows_, [&](const auto& row) { return is_figure(row[column]); }));
    }
    std::string text;
    auto line = [&](const std::vector<std::string>& cells) {
        std::string out(static_cast<std::size_t>(indent), ' ');
        for (std::size_t column = 0; column < cells.size(); ++column) {
            std::string padding(widths[column] - display_width(cells[column]), ' ');
            out += right[column] ? padding + cells[column] : cells[column] + padding;
            out += "  ";
        }
        out.erase(out.find_last_not_of(' ') + 1);
        text += out + "\n";
    };
    line(headers_);
    for (const auto& row : rows_) line(row);
    return text;
}

}  // namespace gsdb::app
