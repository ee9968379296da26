#pragma once
// A typed statement, what is bound to it and what it returns. tools/queryc writes one struct per statement:
//
//     struct FindSymbols {
//         struct Params { OrganizationId organization_id; std::string name; };
//         struct Row { Uuid id; std::string name; std::optional<std::int32_t> line; };
//         using Module = codebase::Database;
//         static constexpr pg::Cardinality cardinality = pg::Cardinality::many;
//         static const pg::Statement statement;  // its text is in the source file: what includes this does not need it
//         static void bind(pg::Parameters& to, const Params& from) { to.add(from.organization_id).add(from.name); }
//         static Row read(pg::RowReader& row) { return {row.next<Uuid>(), row.next<std::string>(), ...}; }
//     };
//
// A statement of cardinality exec has no Row and no read.

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "pg/rows.hpp"
#include "pg/value.hpp"

namespace gsdb::pg {

/// How many rows a statement answers with; another number ends in the Failure "pg.cardinality".
enum class Cardinality : std::uint8_t {
    one,       ///< exactly one: Row
    optional,  ///< none or one: std::optional<Row>
    many,      ///< any number: std::vector<Row>
    exec       ///< none; the number of rows it changed: std::int64_t
};

enum class Scope : std::uint8_t {
    tenant,  ///< touches one organization's rows: runs only in a transaction that has an organization
    cross,   ///< spans organizations on purpose
    local    ///< touches no tenant's rows
};

struct Statement {
    std::string_view name;  ///< unique in its module, at most 63 bytes; in logs, metrics and as the prepared name
    std::string_view text;  ///< with parameters $1 to $n
    Cardinality cardinality = Cardinality::many;
    Scope scope = Scope::local;
};

/// The values of $1 to $n, encoded.
class Parameters {
  public:
    /// Adds the next value: any type of value.hpp, or std::nullopt for a NULL of inferred type.
    template <class T>
    Parameters& add(const T& value) {
        if constexpr (std::is_same_v<T, std::nullopt_t>) {
            return add_null(oid::inferred);
        } else if constexpr (is_optional<T>) {
            if (value) return add(*value);
            using Inner = typename T::value_type;
            return add_null(Codec<Inner>::as_text ? oid::inferred : Codec<Inner>::type);
        } else if constexpr (std::is_convertible_v<T, std::string_view>) {
            return add_encoded<std::string>(std::string_view(value));
        } else {
            return add_encoded<T>(value);
        }
    }

    /// Parameters for a statement typed by hand: Parameters::of(1, "a", uuid). An int is an integer, not a bigint.
    template <class... T>
    static Parameters of(const T&... values) {
        Parameters parameters;
        (parameters.add(values), ...);
        return parameters;
    }

    std::size_t size() const { return items_.size(); }

    struct Item {
        Oid type;
        std::int32_t start;   ///< in bytes()
        std::int32_t length;  ///< -1 is NULL
        bool as_text;
    };
    const std::vector<Item>& items() const { return items_; }
    const Bytes& bytes() const { return bytes_; }

  private:
    template <class T, class V>
    Parameters& add_encoded(const V& value) {
        auto start = bytes_.size();
        if constexpr (requires { Codec<T>::encode_as_text(bytes_, value); }) {
            Codec<T>::encode_as_text(bytes_, value);
        } else {
            Codec<T>::encode(bytes_, value);
        }
        bool as_text = Codec<T>::as_text;
        items_.push_back({as_text ? oid::inferred : Codec<T>::type, static_cast<std::int32_t>(start),
                          static_cast<std::int32_t>(bytes_.size() - start), as_text});
        bytes_.push_back(0);  // libpq wants text parameters to end so
        return *this;
    }
    Parameters& add_null(Oid type) {
        items_.push_back({type, 0, -1, false});
        return *this;
    }

    std::vector<Item> items_;
    Bytes bytes_;
};

template <class Q>
concept Query = requires(Parameters& to, const typename Q::Params& from) {
    typename Q::Module;
    { Q::statement } -> std::convertible_to<const Statement&>;
    Q::bind(to, from);
};

namespace detail {
/// One that is written by hand may say it in its statement alone.
template <class Q>
consteval Cardinality cardinality_of() {
    if constexpr (requires { Q::cardinality; })
        return Q::cardinality;
    else
        return Q::statement.cardinality;
}

template <class Q, Cardinality = cardinality_of<Q>()>
struct AnswerOf;
template <class Q>
struct AnswerOf<Q, Cardinality::one> {
    using type = typename Q::Row;
};
template <class Q>
struct AnswerOf<Q, Cardinality::optional> {
    using type = std::optional<typename Q::Row>;
};
template <class Q>
struct AnswerOf<Q, Cardinality::many> {
    using type = std::vector<typename Q::Row>;
};
template <class Q>
struct AnswerOf<Q, Cardinality::exec> {
    using type = std::int64_t;
};

/// Throws `failure` again with the statement's name in front of its message.
[[noreturn]] void throw_with_statement(const Statement& statement, const Failure& failure);
/// Throws "pg.cardinality" when the number of rows is not what the statement promises.
void check_cardinality(const Statement& statement, const Rows& rows);
}  // namespace detail

/// What a statement of type Q answers with, by its cardinality.
template <class Q>
using Answer = typename detail::AnswerOf<Q>::type;

template <Query Q>
Parameters bind(const typename Q::Params& params) {
    Parameters parameters;
    Q::bind(parameters, params);
    return parameters;
}

template <Query Q>
Answer<Q> read_rows(const Rows& rows) {
    constexpr auto cardinality = detail::cardinality_of<Q>();
    detail::check_cardinality(Q::statement, rows);
    if constexpr (cardinality == Cardinality::exec) {
        return rows.affected();
    } else if constexpr (cardinality == Cardinality::many) {
        Answer<Q> all;
        all.reserve(rows.size());
        for (auto row : rows) all.push_back(Q::read(row));
        return all;
    } else {
        if constexpr (cardinality == Cardinality::optional)
            if (rows.empty()) return std::nullopt;
        auto row = rows[0];
        return Q::read(row);
    }
}

template <Query Q>
Answer<Q> read_answer(const Rows& rows) {
    try {
        return read_rows<Q>(rows);
    } catch (const Failure& failure) {
        detail::throw_with_statement(Q::statement, failure);
    }
}

}  // namespace gsdb::pg
