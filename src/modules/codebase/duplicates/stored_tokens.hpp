#pragma once
// The tokens and fingerprints of a content as they are kept (codebase.blob_tokens).

#include <vector>

#include "base/bytes.hpp"
#include "modules/codebase/duplicates/fingerprints.hpp"
#include "modules/codebase/duplicates/tokens.hpp"

namespace gsdb::codebase::duplicates {

/// Compressed; the same tokens give the same bytes.
Bytes encode(const FileTokens& tokens);
/// Throws a Failure codebase.tokens_damaged for bytes that encode() did not make.
FileTokens decode_tokens(ByteView bytes);

/// Twelve bytes each, so that those of a whole codebase are read at once.
Bytes encode(const std::vector<Fingerprint>& fingerprints);
std::vector<Fingerprint> decode_fingerprints(ByteView bytes);

}  // namespace gsdb::codebase::duplicates
