#pragma once
// Texts for a parameter that is known to be text[]: they go in the binary format. A std::vector<std::string> alone goes
// as text, because the server may infer an array of enums from its place; that costs a quoted copy of each item here
// and a parse of it there.

#include <vector>

#include "pg/value.hpp"

namespace gsdb::pg {

/// The items must outlive it.
template <class T>
struct TextArray {
    const std::vector<T>& items;
};

template <class T>
struct Codec<TextArray<T>> {
    static constexpr Oid type = oid::text_array, array_type = oid::text_array;
    static constexpr bool as_text = false;
    static void encode(Bytes& out, const TextArray<T>& array) { Codec<std::vector<T>>::encode(out, array.items); }
};

}  // namespace gsdb::pg
