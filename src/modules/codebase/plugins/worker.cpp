#include "modules/codebase/plugins/worker.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gsdb/check.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <tree_sitter/api.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>

#include "base/utf8.hpp"
#include "modules/codebase/extract/loaded_language.hpp"
#include "modules/codebase/measure/measure.hpp"
#include "modules/codebase/plugins/fact_messages.hpp"
#include "modules/codebase/plugins/message.hpp"
#include "modules/codebase/plugins/plugin.hpp"

namespace gsdb::codebase::plugins {

namespace {

#if defined(__has_feature)
constexpr bool is_sanitized = __has_feature(address_sanitizer);
#else
constexpr bool is_sanitized = false;
#endif

constexpr int host = 0;
constexpr std::uint32_t question_bytes_max = 256U << 20U;
constexpr std::size_t message_bytes_max = 200;

bool send_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = send(host, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive_all(char* bytes, std::size_t size) {
    while (size > 0) {
        const auto got = recv(host, bytes, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

bool answer(char first, std::string_view rest) {
    MessageWriter framed;
    framed.add_text(std::string(1, first).append(rest));
    return send_all(framed.take());
}

/// A library that asks for more is refused it. Sanitizers reserve more than there is.
void limit_memory(std::string_view text) {
    rlim_t bytes = 0;
    std::from_chars(text.data(), text.data() + text.size(), bytes);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    const rlimit memory{bytes, bytes};
    if (bytes > 0 && !is_sanitized) setrlimit(RLIMIT_AS, &memory);
}

class Worker {
  public:
    explicit Worker(Plugin plugin) : plugin_(std::move(plugin)) {}

    /// Nothing, or what is wrong.
    std::optional<std::string> load() {
        library_ = dlopen(plugin_.library.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library_ == nullptr) return fmt::format("the library cannot be loaded: {}", dlerror());
        return plugin_.kind == PluginKind::language ? load_language() : load_check();
    }

    std::string extract(MessageReader& question) {
        const auto source = question.text();
        measure::FileMetrics metrics;
        const auto facts = language_->extractor.extract(
            source, *language_->loaded, [&](TSNode root, std::string_view parsed, const extract::FileFacts& found) {
                if (language_->metrics) metrics = measurer_.measure(root, parsed, source, found, *language_->metrics);
            });
        return write_facts(facts, metrics);
    }

    std::string check(MessageReader& question) {
        const std::string path(question.text()), language(question.text()), bytes(question.text());
        findings_.clear();
        const gsdb_file file{sizeof file, path.c_str(), language.c_str(), bytes.c_str(), bytes.size()};
        check_->check(&file, &Worker::take, this);
        return write_findings(findings_);
    }

  private:
    struct LoadedPlugin {
        std::unique_ptr<extract::LoadedLanguage> loaded;
        std::optional<measure::Grammar> metrics;
        extract::Extractor extractor;
    };

    std::optional<std::string> load_language() {
        using GetLanguage = const TSLanguage* (*)();
        auto* const get = reinterpret_cast<GetLanguage>(dlsym(library_, plugin_.symbol.c_str()));
        if (get == nullptr) return fmt::format("the library has no function {}", plugin_.symbol);
        const auto* const grammar = get();
        if (grammar == nullptr) return fmt::format("{}() gives no grammar", plugin_.symbol);
        const auto abi = ts_language_abi_version(grammar);
        if (abi < TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION || abi > TREE_SITTER_LANGUAGE_VERSION)
            return fmt::format("the grammar has ABI {}, and {} to {} are understood", abi,
                               TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION, TREE_SITTER_LANGUAGE_VERSION);
        const auto& c = plugin_.comments;
        auto loaded = extract::LoadedLanguage::make(grammar, plugin_.symbols_query,
                                                    {{c.line, ""}, {c.block_open, ""}, {c.block_close, ""}, c.quotes});
        if (!loaded) return fmt::format("symbols.scm:{}: {}", loaded.error().line, loaded.error().message);
        language_.emplace();
        language_->loaded = std::make_unique<extract::LoadedLanguage>(*std::move(loaded));
        if (plugin_.metrics_query.empty()) return std::nullopt;
        auto metrics = measure::read_metric_query(grammar, plugin_.metrics_query);
        if (!metrics) return fmt::format("metrics.scm:{}: {}", metrics.error().line, metrics.error().message);
        language_->metrics = *std::move(metrics);
        return std::nullopt;
    }

    std::optional<std::string> load_check() {
        using GetCheck = const gsdb_check* (*)();
        auto* const get = reinterpret_cast<GetCheck>(dlsym(library_, "gsdb_check_plugin"));
        if (get == nullptr) return "the library has no function gsdb_check_plugin";
        check_ = get();
        if (check_ == nullptr || check_->check == nullptr) return "gsdb_check_plugin() gives no check";
        if (check_->abi != GSDB_CHECK_ABI)
            return fmt::format("the check has ABI {}, and {} is understood", check_->abi, GSDB_CHECK_ABI);
        return std::nullopt;
    }

    static void take(void* worker, const gsdb_finding* found) {
        auto& self = *static_cast<Worker*>(worker);
        if (self.findings_.size() > findings_max) return;  // one too many tells the host
        PluginFinding finding;
        finding.rule = found->rule;
        finding.message = utf8_beginning(found->message, message_bytes_max);
        finding.line = found->line, finding.column = found->column;
        finding.end_line = found->end_line, finding.end_column = found->end_column;
        self.findings_.push_back(std::move(finding));
    }

    Plugin plugin_;
    void* library_ = nullptr;
    std::optional<LoadedPlugin> language_;
    measure::Measurer measurer_;
    const gsdb_check* check_ = nullptr;
    std::vector<PluginFinding> findings_;
};

/// False when the host is gone or asks what makes no sense.
bool answer_one(Worker& worker) {
    std::uint32_t size = 0;
    if (!receive_all(reinterpret_cast<char*>(&size), sizeof size) || size > question_bytes_max) return false;
    std::string bytes(size, '\0');
    if (!receive_all(bytes.data(), size)) return false;
    MessageReader question(bytes);
    switch (question.get<Question>()) {
        case Question::load: {
            const auto fault = worker.load();
            return answer(fault ? answer_fault : answer_ok, fault.value_or(""));
        }
        case Question::extract:
            return answer(answer_ok, worker.extract(question));
        case Question::check:
            return answer(answer_ok, worker.check(question));
    }
    return false;
}

}  // namespace

int run_worker(std::string_view folder, std::string_view memory_bytes) {
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) signal(fault, SIG_DFL);
    limit_memory(memory_bytes);
    auto plugin = read_plugin(folder);
    if (!plugin) {
        answer(answer_fault, plugin.error());
        return 1;
    }
    Worker worker(*std::move(plugin));
    while (answer_one(worker)) {
    }
    return 0;
}

}  // namespace gsdb::codebase::plugins
