#pragma once
// What functions and methods of the languages themselves do with functions and collections.

#include <cstdint>
#include <optional>
#include <string_view>

#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/flow/flow.hpp"

namespace gsdb::codebase::link {

enum class Effect : std::uint8_t {
    none,
    identity,         ///< gives its first argument
    copy_elements,    ///< a list of the elements of its first argument
    first_element,    ///< an element of its first argument
    map_elements,     ///< calls functions among its arguments with elements of the others; a list of what they return
    choose_elements,  ///< ... ; what it gives are the elements
    reduce,           ///< calls its first argument with elements and its own results
    enumerate,        ///< pairs of a number and an element
    zip,              ///< tuples of an element of each argument
    new_list,
    empty_list,  ///< a list of what are no functions: keys
    new_dictionary,
    cast,  ///< an instance of its first argument
    get_attribute,
    set_attribute,
    type_of,
    call_first,  ///< calls its first argument
    assign,      ///< merges the other arguments into the first
    create,      ///< an object with its first argument as prototype
    set_prototype,
    values_of,  ///< a list of what the attributes hold
    entries_of,
    define_property,
    // of a receiver
    add_element,     ///< the receiver takes the arguments as elements
    add_elements,    ///< ... the elements of the arguments
    insert_element,  ///< ... the last argument
    take_item,       ///< an item of the receiver by key
    take_element,    ///< some element of the receiver
    set_item,
    default_item,  ///< the item, or the second argument, which the receiver then has
    values,        ///< a list of the receiver's elements
    entries,
    same,  ///< the receiver, as far as its elements go
    same_and_arguments,
    visit,             ///< calls its first argument with each element
    visit_and_list,    ///< ... ; a list of what it returns
    visit_and_choose,  ///< ... ; some element
    visit_and_keep,    ///< ... ; the receiver
    fold,
    sort,
    update,    ///< merges the arguments into the receiver
    call_it,   ///< f.call(this, ...)
    apply_it,  ///< f.apply(this, [...])
    bind_it,   ///< f.bind(this, ...)
    then,      ///< p.then(f): f gets what the promise gives
    // of typed languages
    gather,             ///< a list of the arguments and of their elements
    append,             ///< the first argument, which takes the others as elements
    call_arguments,     ///< calls every argument
    call_and_list,      ///< ... ; a list of what they return
    call_elements,      ///< calls the elements of the receiver
    run_receiver,       ///< calls the method run of the receiver
    put_entry,          ///< the receiver takes the second argument under the first
    compute_entry,      ///< ... what the last argument returns
    keys,               ///< a list of the receiver's keys
    key,                ///< some key of the receiver
    entry_set,          ///< a list of the receiver itself, which stands for its entries
    visit_entries,      ///< calls its first argument with each element, of dictionaries with each key and element
    visit_and_flatten,  ///< calls its first argument with each element; a list of the elements of what it returns
    or_else,            ///< some element, the first argument, or what it returns
    fold_any,           ///< calls its arguments with elements and with what they return
    collect,            ///< calls the elements of its first argument; the receiver
    compose,            ///< a function that calls the receiver and the arguments
};

/// Of a function or class that the language or its library gives, by its dotted name.
Effect effect_of_builtin(extract::Language language, std::string_view dotted);
/// Of a function that an import brings from elsewhere, by its last two names.
Effect effect_of_library(extract::Language language, std::string_view dotted);
/// Of a method of the language's collections.
Effect effect_of_method(extract::Language language, std::string_view name);
/// Of a method that every function has.
Effect effect_of_function_method(extract::Language language, std::string_view name);
/// Of a method that stands for what is not there yet: promises, futures.
Effect effect_of_promise_method(extract::Language language, std::string_view name);

/// What a method of that name does, whatever nothing is known of it is called on.
Effect effect_of_convention(extract::Language language, std::string_view name);

/// The collection that a class of the language's library is.
std::optional<flow::ContainerKind> container_of(extract::Language language, std::string_view name);

/// Whether a method of that name is the only one that its interface of the language's library asks for.
bool is_functional_method(extract::Language language, std::string_view name);

}  // namespace gsdb::codebase::link
