#pragma once
// What a person sees: progress bars on stderr, tables on stdout, figures with their units.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::app {

/// 1234567 -> "1,234,567".
std::string format_count(std::int64_t count);
/// Binary units with three significant digits: "17.4 MiB".
std::string format_bytes(std::int64_t bytes);
/// "0.042 s", "12.3 s", "4 min 07 s".
std::string format_seconds(double seconds);

/// One line on stderr that shows how far work has come. On a terminal it is redrawn at most ten times a second;
/// elsewhere a plain line is written every few seconds, so that a log stays readable. Not thread safe.
class ProgressBar {
  public:
    enum class Output { terminal, lines, none };

    /// `output` defaults to what stderr is.
    explicit ProgressBar(std::string label, Output output = detect());
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// `total` 0 means not known yet. `detail` is shown behind the bar.
    void update(std::int64_t done, std::int64_t total, std::string_view detail = {});
    /// Takes the bar away; called by the destructor too.
    void clear();

    static Output detect();

  private:
    std::string label_;
    Output output_;
    std::chrono::steady_clock::time_point started_;
    std::chrono::steady_clock::time_point last_drawn_{};
    bool drawn_ = false;
};

/// The text of a bar of `width` cells: "[=====>    ]".
std::string bar_text(std::int64_t done, std::int64_t total, int width);

/// Rows under headers, columns as wide as their widest cell; columns of figures are right-aligned.
class Table {
  public:
    explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const { return rows_.empty(); }
    std::string text(int indent = 0) const;

  private:
    std::vector<std::string> headers_;
    std::vector<std::vector<std::string>> rows_;
};

/// Columns that `text` takes on a terminal, counting UTF-8 characters, not bytes.
std::size_t display_width(std::string_view text);

}  // namespace gsdb::app
