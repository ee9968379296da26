#include "pg/copy.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "pg/statement_watch.hpp"
#include "pg/transaction.hpp"
#include "pg/wire.hpp"

namespace gsdb::pg {

namespace {

// The signature, no flags, no header extension.
constexpr std::array<std::uint8_t, 19> header{'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xFF, '\r', '\n', 0};
constexpr std::array<std::uint8_t, 2> trailer{0xFF, 0xFF};

/// Starts a COPY; the server must answer with `wanted`.
Task<std::unique_ptr<Operation>> start(std::shared_ptr<Wire> wire, std::string sql, ExecStatusType wanted,
                                       Milliseconds deadline) {
    refuse_nul(sql);
    auto operation = std::make_unique<Operation>(*wire, "copy", deadline);
    wire->require_sent(PQsendQuery(wire->conn(), sql.c_str()), "copy");
    auto result = co_await wire->next_result();
    if (is_error(result.get())) {
        while (co_await wire->next_result()) {
        }
        operation->finish(result.get());
        wire->throw_error(result.get(), "copy", sql);
    }
    bool is_binary = PQbinaryTuples(result.get()) == 1;
    if (PQresultStatus(result.get()) != wanted || !is_binary)
        throw Failure({.code = "pg.not_a_binary_copy",
                       .message = fmt::format("copy on {}: the statement is no COPY of the direction and format wanted",
                                              wire->description()),
                       .hint = "Write COPY ... FROM STDIN (FORMAT binary) or COPY ... TO STDOUT (FORMAT binary)."});
    co_return operation;
}

}  // namespace

Task<CopyIn> Connection::copy_in(std::string sql, std::optional<Milliseconds> deadline) {
    auto operation = co_await start(wire_, std::move(sql), PGRES_COPY_IN, deadline.value_or(Milliseconds{0}));
    CopyIn copy(wire_, std::move(operation));
    co_await copy.send_view(header);
    co_return copy;
}

Task<CopyOut> Connection::copy_out(std::string sql, std::optional<Milliseconds> deadline) {
    auto operation = co_await start(wire_, std::move(sql), PGRES_COPY_OUT, deadline.value_or(Milliseconds{0}));
    co_return CopyOut(wire_, std::move(operation));
}

Task<CopyIn> Transaction::copy_in(std::string sql) {
    return connection_->copy_in(std::move(sql));
}
Task<CopyOut> Transaction::copy_out(std::string sql) {
    return connection_->copy_out(std::move(sql));
}

// ---- in --------------------------------------------------------------------------------------------------------

CopyIn::CopyIn(std::shared_ptr<Wire> wire, std::unique_ptr<Operation> operation)
    : wire_(std::move(wire)), operation_(std::move(operation)) {}
CopyIn::~CopyIn() = default;
CopyIn::CopyIn(CopyIn&&) noexcept = default;

Task<> CopyIn::send(Bytes rows) {
    co_await send_view(rows);
}

Task<> CopyIn::send_view(ByteView rows) {
    if (rows.size() > std::numeric_limits<int>::max())
        throw Failure({.code = "pg.copy_chunk_too_large", .message = "a chunk of COPY has 2 GB or more"});
    auto sent = PQputCopyData(wire_->conn(), reinterpret_cast<const char*>(rows.data()), static_cast<int>(rows.size()));
    wire_->require_sent(sent, "copy");
    co_await wire_->flush();
}

Task<std::int64_t> CopyIn::finish() {
    StatementWatch watch("copy", wire_->options().database);
    try {
        co_await send_view(trailer);
        wire_->require_sent(PQputCopyEnd(wire_->conn(), nullptr), "copy");
        auto result = co_await wire_->only_result();
        operation_->finish(result.get());
        operation_.reset();
        if (is_error(result.get())) wire_->throw_error(result.get(), "copy");
        Rows rows(std::move(result));
        watch.succeeded(rows);
        co_return rows.affected();
    } catch (const Failure& failure) {
        watch.failed(failure);
        throw;
    }
}

Task<> CopyIn::abort(std::string reason) {
    wire_->require_sent(PQputCopyEnd(wire_->conn(), reason.c_str()), "copy");
    auto result = co_await wire_->only_result();
    operation_->finish(result.get());
    operation_.reset();
}

Task<> CopyWriter::send_full_chunk() {
    if (encoder_.size_bytes() < chunk_bytes) co_return;
    co_await copy_.send_view(encoder_.bytes());
    encoder_.clear();
}

Task<std::int64_t> CopyWriter::finish() {
    if (encoder_.size_bytes() > 0) co_await copy_.send_view(encoder_.bytes());
    encoder_.clear();
    co_return co_await copy_.finish();
}

// ---- out -------------------------------------------------------------------------------------------------------

CopyRow::CopyRow(std::shared_ptr<const char> text, std::size_t size, std::size_t start)
    : text_(std::move(text)),
      rest_(ByteView(reinterpret_cast<const std::uint8_t*>(text_.get()), size).subspan(start + 2)),
      columns_(static_cast<std::size_t>(wire::get<std::int16_t>(rest_.data() - 2))) {}

std::optional<ByteView> CopyRow::next_bytes() {
    column_name_ = fmt::format("column {} of copy", ++column_);
    if (column_ > columns_)
        throw Failure({.code = "pg.no_such_value",
                       .message = fmt::format("column {} of a COPY of {} columns was asked for", column_, columns_)});
    auto length = wire::get<std::int32_t>(rest_.data());
    rest_ = rest_.subspan(4);
    if (length < 0) return std::nullopt;
    auto bytes = rest_.first(static_cast<std::size_t>(length));
    rest_ = rest_.subspan(bytes.size());
    return bytes;
}

CopyOut::CopyOut(std::shared_ptr<Wire> wire, std::unique_ptr<Operation> operation)
    : wire_(std::move(wire)), operation_(std::move(operation)) {}
CopyOut::~CopyOut() = default;
CopyOut::CopyOut(CopyOut&&) noexcept = default;

Task<std::optional<CopyRow>> CopyOut::next() {
    if (!operation_) co_return std::nullopt;
    for (;;) {
        char* text = nullptr;
        auto size = PQgetCopyData(wire_->conn(), &text, 1);
        if (size < 0) {
            co_await end();
            co_return std::nullopt;
        }
        if (size == 0) {
            co_await wire_->receive();
            continue;
        }
        std::shared_ptr<const char> owned(text, [](const char* memory) { PQfreemem(const_cast<char*>(memory)); });
        // The header comes in one message with the first row, or with the trailer of an empty table.
        auto start = std::exchange(header_seen_, true) ? 0 : header.size();
        bool is_trailer = ByteView(reinterpret_cast<const std::uint8_t*>(text) + start, 2)[0] == 0xFF;
        if (!is_trailer) co_return CopyRow(std::move(owned), static_cast<std::size_t>(size), start);
    }
}

Task<> CopyOut::end() {
    auto result = co_await wire_->only_result();
    operation_->finish(result.get());
    operation_.reset();
    if (is_error(result.get())) wire_->throw_error(result.get(), "copy");
}

}  // namespace gsdb::pg
