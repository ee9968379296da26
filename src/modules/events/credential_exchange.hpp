#pragma once
// Credentials and the rows that name them are in two databases: neither is left without the other.

#include <exception>
#include <optional>
#include <utility>

#include "base/task.hpp"
#include "modules/identity/api.hpp"

namespace gsdb::events {

/// Stores a credential, when one is given, and lets `set`, which takes its id and returns a
/// Task<std::optional<CredentialId>>, note it in place of the one that it returns; that one is removed. When `set`
/// throws, the new one is, and the exception passes.
template <class Set>
Task<> exchange_credential(identity::Credentials credentials, identity::Actor actor,
                           std::optional<identity::NewCredential> wanted, Set set) {
    std::optional<CredentialId> stored, replaced;
    if (wanted) stored = value_or_throw(co_await credentials.store(actor, std::move(*wanted)));
    std::exception_ptr problem;
    try {
        replaced = co_await set(stored);
    } catch (...) {
        problem = std::current_exception();
    }
    if (const auto unused = problem ? stored : replaced) co_await credentials.remove(actor, *unused);
    if (problem) std::rethrow_exception(problem);
}

}  // namespace gsdb::events
