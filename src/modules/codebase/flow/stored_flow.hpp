#pragma once
// The flow of a content as it is kept (codebase.blob_flows): with the elements that its functions and classes are, so
// that linking needs nothing else.

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/flow/flow.hpp"

namespace gsdb::codebase::flow {

/// Raised whenever the same bytes would give another flow, or it would be stored otherwise.
constexpr std::uint32_t flow_version = 2;

/// An element of the file that is a function or class of its flow.
struct ElementPlace {
    extract::ElementKind kind{};
    Index qualified_name = none;  ///< in FileFlow::names
    std::uint32_t overload = 0;
    std::uint32_t start_line = 0;  ///< from 1

    bool operator==(const ElementPlace&) const = default;
};

/// Where the parts of a flow are among the facts of its file.
struct FlowPlaces {
    std::vector<ElementPlace> elements;    ///< in the order in which functions and classes mention them
    std::vector<Index> function_elements;  ///< of each function, in `elements`; none for the file and for unnamed ones
    std::vector<Index> class_elements;     ///< of each class
    std::vector<Index> call_references;    ///< of each call, in FileFacts::references; none for what is not written out
    std::vector<Site> import_sites;        ///< of each import; line 0 where it is not known
    std::vector<Site> wildcard_sites;      ///< of each wildcard

    bool operator==(const FlowPlaces&) const = default;
};

struct StoredFlow {
    FileFlow flow;
    FlowPlaces places;
};

/// Finds the places in the facts of the file: what stands where the flow says.
StoredFlow with_places(FileFlow flow, const extract::FileFacts& facts);

/// Compressed; the same flow gives the same bytes.
Bytes encode(const StoredFlow& stored);
/// Throws a Failure codebase.flow_damaged for bytes that encode() did not make.
StoredFlow decode(ByteView bytes);

}  // namespace gsdb::codebase::flow
