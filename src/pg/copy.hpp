#pragma once
// COPY in PostgreSQL's binary format, in both directions, with bounded memory.
//
// Rows of one coroutine:                                  Rows encoded by other threads:
//     auto copy = co_await tx.copy_in("copy staging         // a worker thread, no connection at hand
//         (id, name) from stdin (format binary)");          pg::BinaryRowEncoder encoder;
//     pg::CopyWriter writer(std::move(copy));                for (...) encoder.row(symbol.id, symbol.name);
//     for (...) co_await writer.row(id, name);               queue.push(encoder.take());
//     auto rows = co_await writer.finish();                  // the coroutine
//                                                            co_await copy.send(chunk);
//
// COPY has no casts: the C++ type must be the column's own (value.hpp), text[] for std::vector<std::string>, Numeric
// for numeric. PostgreSQL refuses COPY FROM on tables with row-level security: load a temporary table and INSERT ...
// SELECT.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pg/connection.hpp"
#include "pg/value.hpp"

namespace gsdb::pg {

class Operation;
class Wire;

/// Encodes rows for COPY ... FROM STDIN (FORMAT binary). Knows nothing of threads and connections.
class BinaryRowEncoder {
  public:
    explicit BinaryRowEncoder(std::size_t reserve_bytes = 0) { bytes_.reserve(reserve_bytes); }

    /// Appends a row of these columns.
    template <class... T>
    void row(const T&... values) {
        begin_row(sizeof...(T));
        (add(values), ...);
    }
    /// The same step by step, for rows whose number of columns is not known when compiled.
    void begin_row(std::size_t columns) {
        wire::put(bytes_, static_cast<std::int16_t>(columns));
        ++rows_;
    }
    template <class T>
    void add(const T& value) {
        if constexpr (std::is_same_v<T, std::nullopt_t>)
            wire::put(bytes_, std::int32_t{-1});
        else if constexpr (std::is_convertible_v<T, std::string_view>)
            encode_with_length<std::string_view>(bytes_, value);
        else
            encode_with_length(bytes_, value);
    }

    std::size_t size_bytes() const { return bytes_.size(); }
    std::size_t rows() const { return rows_; }
    const Bytes& bytes() const { return bytes_; }
    /// The rows so far, and starts anew.
    Bytes take() {
        rows_ = 0;
        return std::exchange(bytes_, {});
    }
    void clear() {
        rows_ = 0;
        bytes_.clear();
    }

  private:
    Bytes bytes_;
    std::size_t rows_ = 0;
};

/// A COPY ... FROM STDIN under way. The connection does nothing else until finish() or abort(); dropped before, it is
/// closed. An error of the server shows at finish(): it reads on and forgets what it is sent.
class CopyIn {
  public:
    CopyIn(std::shared_ptr<Wire> wire, std::unique_ptr<Operation> operation);
    ~CopyIn();
    CopyIn(CopyIn&&) noexcept;
    CopyIn& operator=(CopyIn&&) = delete;

    /// Sends whole rows from BinaryRowEncoder. Returns when the kernel has taken them, so a slow server slows the
    /// caller; about 256 KB at a time is fast.
    Task<> send(Bytes rows);
    /// The same for a buffer that the caller keeps alive and unchanged until this returns.
    Task<> send_view(ByteView rows);
    /// Ends the COPY and returns the number of rows.
    Task<std::int64_t> finish();
    /// Ends it so that the server forgets all its rows; the transaction around it is aborted.
    Task<> abort(std::string reason);

  private:
    std::shared_ptr<Wire> wire_;
    std::unique_ptr<Operation> operation_;
};

/// A CopyIn that encodes rows itself and sends them in chunks.
class CopyWriter {
  public:
    static constexpr std::size_t chunk_bytes = 256UL * 1024;

    explicit CopyWriter(CopyIn copy) : copy_(std::move(copy)), encoder_(chunk_bytes + chunk_bytes / 4) {}

    /// Encodes at once; awaiting sends when a chunk is full.
    template <class... T>
    [[nodiscard]] Task<> row(const T&... values) {
        encoder_.row(values...);
        return send_full_chunk();
    }
    /// Sends the rest and ends the COPY; the number of rows.
    Task<std::int64_t> finish();
    Task<> abort(std::string reason) { return copy_.abort(std::move(reason)); }

  private:
    Task<> send_full_chunk();

    CopyIn copy_;
    BinaryRowEncoder encoder_;
};

/// One row of a COPY TO; its columns are read from left to right. COPY sends no column types, so the C++ type must be
/// the column's own: Numeric for numeric, Json for jsonb, std::string for text only.
class CopyRow {
  public:
    /// `text` is what libpq allocated; `start` skips the header in front of the first row.
    CopyRow(std::shared_ptr<const char> text, std::size_t size, std::size_t start);

    std::size_t column_count() const { return columns_; }
    template <class T>
    T next() {
        auto bytes = next_bytes();
        if (!bytes) {
            if constexpr (is_optional<T>)
                return std::nullopt;
            else
                throw_unexpected_null(column_name_);
        }
        return Codec<typename Unwrapped<T>::type>::decode({*bytes, oid::inferred, column_name_});
    }
    /// The column as it came; nothing when NULL. Valid while the row is.
    std::optional<ByteView> next_bytes();

  private:
    std::shared_ptr<const char> text_;
    ByteView rest_;
    std::size_t columns_;
    std::size_t column_ = 0;
    std::string column_name_;
};

/// A COPY ... TO STDOUT (FORMAT binary) under way; rows are held one at a time. Dropped before its end, the connection
/// is closed.
class CopyOut {
  public:
    CopyOut(std::shared_ptr<Wire> wire, std::unique_ptr<Operation> operation);
    ~CopyOut();
    CopyOut(CopyOut&&) noexcept;
    CopyOut& operator=(CopyOut&&) = delete;

    /// The next row, or nothing at the end.
    Task<std::optional<CopyRow>> next();

  private:
    Task<> end();

    std::shared_ptr<Wire> wire_;
    std::unique_ptr<Operation> operation_;
    bool header_seen_ = false;
};

}  // namespace gsdb::pg
