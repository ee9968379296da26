#pragma once
// A folder for one test, removed with everything in it.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gsdb::codebase::source {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "gsdb-source-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = std::filesystem::canonical(pattern);
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        // Folders without rights cannot be emptied by an ordinary user.
        for (std::filesystem::recursive_directory_iterator it(path_, ignored), end; it != end; it.increment(ignored)) {
            if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
                std::filesystem::permissions(it->path(), std::filesystem::perms::owner_all,
                                             std::filesystem::perm_options::add, ignored);
            }
        }
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string string() const { return path_.string(); }

    /// Never writes through a link: a test must not reach what is outside of its folder.
    void write(const std::string& name, std::string_view content) const {
        const auto target = path_ / name;
        for (auto part = target; part != path_; part = part.parent_path()) {
            if (std::filesystem::is_symlink(std::filesystem::symlink_status(part))) {
                throw std::runtime_error(part.string() + " is a link");
            }
        }
        std::filesystem::create_directories(target.parent_path());
        std::ofstream out(target, std::ios::binary | std::ios::trunc);
        out.write(content.data(), static_cast<std::streamsize>(content.size()));
        if (!out.flush()) throw std::runtime_error("cannot write " + target.string());
    }

  private:
    std::filesystem::path path_;
};

/// root reads everything: for its lifetime the process has the rights of nobody, who owns the folder.
class WithoutRoot {
  public:
    explicit WithoutRoot(const TemporaryFolder& folder) {
        if (::geteuid() != 0) return;
        constexpr uid_t nobody = 65534;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
            if (::lchown(entry.path().c_str(), nobody, nobody) != 0) throw std::runtime_error("lchown failed");
        }
        if (::chown(folder.path().c_str(), nobody, nobody) != 0 || ::seteuid(nobody) != 0) {
            throw std::runtime_error("cannot drop root");
        }
        dropped_ = true;
    }
    ~WithoutRoot() {
        if (dropped_ && ::seteuid(0) != 0) std::abort();
    }
    WithoutRoot(const WithoutRoot&) = delete;
    WithoutRoot& operator=(const WithoutRoot&) = delete;

  private:
    bool dropped_ = false;
};

}  // namespace gsdb::codebase::source
