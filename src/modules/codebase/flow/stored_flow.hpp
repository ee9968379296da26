#pragma once
// The flow of a content as it is kept (codebase.blob_flows): with the elements that its functions and classes are, so
// that linking needs nothing else.

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/flow/flow.hpp"

namespace gsdb::codebase::flow {

/// An element of the file that is a function or class of its flow.
struct ElementPlace {
    extract::ElementKind kind{};
    Index qualified_name = none;  ///< in FileFlow::names
    std::uint32_t overload = 0;
    std::uint32_t start_line = 0;  ///< from 1

    bool operator==(const ElementPlace&) const = default;
};

struct StoredFlow {
    FileFlow flow;
    std::vector<ElementPlace> elements;    ///< in the order of the file
    std::vector<Index> function_elements;  ///< of each function, in `elements`; none for the file and for unnamed ones
    std::vector<Index> class_elements;     ///< of each class
    std::vector<Index> call_references;    ///< of each call, in FileFacts::references; none for what is not written out
};

/// Takes the elements and references of the file from its facts: those whose names stand where the flow says.
StoredFlow with_elements(FileFlow flow, const extract::FileFacts& facts);

/// Compressed; the same flow gives the same bytes.
Bytes encode(const StoredFlow& stored);
/// Throws a Failure codebase.flow_damaged for bytes that encode() did not make.
StoredFlow decode(ByteView bytes);

}  // namespace gsdb::codebase::flow
