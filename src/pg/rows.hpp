#pragma once
// The rows that a statement returned.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pg/value.hpp"

struct pg_result;  // libpq's PGresult

namespace gsdb::pg {

enum class Format : std::uint8_t { binary, text };

class RowReader;

/// An immutable result; copies share it.
class Rows {
  public:
    Rows() = default;
    explicit Rows(std::shared_ptr<pg_result> result) : result_(std::move(result)) {}

    std::size_t size() const;
    bool empty() const { return size() == 0; }
    std::size_t column_count() const;
    std::string_view column_name(std::size_t column) const;
    Oid column_type(std::size_t column) const;
    /// The column of that name; an unknown name is the Failure "pg.no_such_column".
    std::size_t column(std::string_view name) const;

    /// Rows inserted, updated, deleted, copied or selected.
    std::int64_t affected() const;
    /// "INSERT 0 3", "CREATE TABLE".
    std::string_view command_tag() const;

    bool is_null(std::size_t row, std::size_t column) const;
    /// The bytes as they came; empty when NULL.
    Value value(std::size_t row, std::size_t column) const;
    /// The value of a result asked for as Format::text; nothing when NULL.
    std::optional<std::string_view> text(std::size_t row, std::size_t column) const;

    /// A value of a binary result.
    template <class T>
    T get(std::size_t row, std::size_t column) const;
    template <class T>
    T get(std::size_t row, std::string_view column_name) const {
        return get<T>(row, column(column_name));
    }

    RowReader operator[](std::size_t row) const;
    const pg_result* result() const { return result_.get(); }

    class Iterator;
    Iterator begin() const;
    Iterator end() const;

  private:
    std::shared_ptr<pg_result> result_;
};

/// Reads the columns of one row from left to right with next(), or any of them with get(). Must not outlive its Rows.
class RowReader {
  public:
    RowReader(const Rows& rows, std::size_t row) : rows_(&rows), row_(row) {}

    template <class T>
    T next() {
        return rows_->get<T>(row_, column_++);
    }
    template <class T, class Column>
    T get(Column column) const {
        return rows_->get<T>(row_, column);
    }

  private:
    const Rows* rows_;
    std::size_t row_;
    std::size_t column_ = 0;
};

class Rows::Iterator {
  public:
    Iterator(const Rows& rows, std::size_t row) : rows_(&rows), row_(row) {}
    RowReader operator*() const { return {*rows_, row_}; }
    Iterator& operator++() {
        ++row_;
        return *this;
    }
    bool operator==(const Iterator& other) const { return row_ == other.row_; }

  private:
    const Rows* rows_;
    std::size_t row_;
};

inline RowReader Rows::operator[](std::size_t row) const {
    return {*this, row};
}
inline Rows::Iterator Rows::begin() const {
    return {*this, 0};
}
inline Rows::Iterator Rows::end() const {
    return {*this, size()};
}

template <class T>
T Rows::get(std::size_t row, std::size_t column) const {
    if (is_null(row, column)) {
        if constexpr (is_optional<T>)
            return std::nullopt;
        else
            throw_unexpected_null(column_name(column));
    }
    return Codec<typename Unwrapped<T>::type>::decode(value(row, column));
}

}  // namespace gsdb::pg
