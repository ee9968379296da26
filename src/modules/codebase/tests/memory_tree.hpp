#pragma once
// A tree of files in memory, for tests of what is done with one.

#include <map>
#include <set>
#include <string>

#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase {

class MemoryTree final : public source::SourceTree {
  public:
    explicit MemoryTree(std::string location, std::map<std::string, std::string> contents = {})
        : files(std::move(contents)) {
        identity_ = {
            .kind = source::TreeKind::folder, .location = std::move(location), .remote_url = "", .name = "sample"};
    }

    std::map<std::string, std::string> files;
    std::set<std::string> unreadable{};                       ///< listed, and gone when they are read
    std::function<void(const source::Entry&)> before_read{};  ///< called on the reading threads

    const source::Identity& identity() const override { return identity_; }

    Result<source::Listing> list(const source::ListOptions&) override {
        source::Listing listing;
        for (const auto& [path, content] : files)
            listing.entries.push_back({.path = path,
                                       .kind = source::EntryKind::regular,
                                       .size = content.size(),
                                       .id = source::hash_blob(as_bytes(content), source::HashAlgorithm::sha1)});
        return listing;
    }

    std::expected<source::Content, source::Problem> read(const source::Entry& entry, std::uint64_t) const override {
        if (before_read) before_read(entry);
        if (unreadable.contains(entry.path))
            return std::unexpected(source::Problem{entry.path, source::ProblemKind::vanished, "gone"});
        auto bytes = as_bytes(files.at(entry.path));
        return source::Content{.bytes = {bytes.begin(), bytes.end()},
                               .id = source::hash_blob(bytes, source::HashAlgorithm::sha1)};
    }

  private:
    source::Identity identity_;
};

}  // namespace gsdb::codebase
