#include "modules/events/delivery_spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <system_error>

#include "base/base64.hpp"
#include "base/files.hpp"
#include "base/moment.hpp"
#include "modules/events/observations.hpp"

namespace gsdb::events {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t file_bytes_max = 16 << 20;  ///< then another is begun: one is stored as a whole
constexpr std::string_view extension = ".spool";

/// Eight digits of CRC-32, a space, the record as JSON, the end of the line.
std::string line_of(const SpooledDelivery& delivery) {
    json::object headers;
    for (const auto& [name, value] : delivery.headers) headers[name] = value;
    const auto& source = delivery.source;
    const auto record = json::serialize(json::object{{"organization", to_string(source.organization)},
                                                     {"source", to_string(source.id)},
                                                     {"scope", to_string(source.scope)},
                                                     {"kind", to_label(source.kind)},
                                                     {"delivery_header", source.headers.delivery},
                                                     {"event_type_header", source.headers.event_type},
                                                     {"received_at", to_rfc3339(delivery.received_at)},
                                                     {"headers", std::move(headers)},
                                                     {"body", to_base64(delivery.body)}});
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(record.data()), static_cast<uInt>(record.size()));
    return fmt::format("{:08x} {}\n", sum, record);
}

std::optional<SpooledDelivery> read_line(std::string_view line) {
    constexpr std::size_t sum_digits = 8;
    if (line.size() < sum_digits + 2) return std::nullopt;
    const auto record = line.substr(sum_digits + 1);
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(record.data()), static_cast<uInt>(record.size()));
    if (fmt::format("{:08x}", sum) != line.substr(0, sum_digits)) return std::nullopt;
    const auto document = json::parse(record).as_object();
    const auto text = [&](std::string_view name) { return std::string(document.at(name).as_string()); };
    SpooledDelivery delivery{.source = {.organization = {*Uuid::parse(text("organization"))},
                                        .id = *Uuid::parse(text("source")),
                                        .scope = *Uuid::parse(text("scope")),
                                        .kind = *source_kind_from_label(text("kind")),
                                        .headers = {text("delivery_header"), text("event_type_header")}},
                             .body = *from_base64(text("body")),
                             .received_at = *parse_moment(text("received_at"))};
    for (const auto& [name, value] : document.at("headers").as_object())
        delivery.headers.emplace_back(name, value.as_string());
    return delivery;
}

}  // namespace

struct DeliverySpool::State {
    ~State() { close(); }

    void close() {
        if (file >= 0) ::close(std::exchange(file, -1));
    }
    bool open_file() {
        if (file >= 0) return true;
        path = folder / (to_string(Uuid::v7(SystemClock())) + std::string(extension));
        file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        file_bytes = 0;
        if (file >= 0) sync_folder(folder);
        return file >= 0;
    }
    std::vector<fs::path> files() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.path().extension() == extension) found.push_back(entry.path());
        std::ranges::sort(found);  // their names are as old as they are
        return found;
    }

    std::mutex mutex;
    fs::path folder, path;
    std::int64_t bytes_max = 0, bytes = 0, file_bytes = 0;
    int file = -1;  ///< the one that is being written; -1 for none
};

DeliverySpool::DeliverySpool(fs::path folder, std::int64_t bytes_max) : state_(std::make_unique<State>()) {
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (!problem) fs::permissions(folder, fs::perms::owner_all, problem);
    if (problem)
        throw Failure({.code = "file.not_writable",
                       .message = "cannot make " + folder.string(),
                       .detail = problem.message(),
                       .hint = "check the permissions of the home folder",
                       .exit_code = ExitCode::unavailable});
    state_->folder = std::move(folder);
    state_->bytes_max = bytes_max;
    for (const auto& file : state_->files()) state_->bytes += static_cast<std::int64_t>(fs::file_size(file));
}

DeliverySpool::~DeliverySpool() = default;

bool DeliverySpool::add(const SpooledDelivery& delivery) {
    const auto line = line_of(delivery);
    const auto size = static_cast<std::int64_t>(line.size());
    const std::lock_guard lock(state_->mutex);
    auto& s = *state_;
    if (s.bytes + size > s.bytes_max || !s.open_file()) return false;
    if (!write_all(s.file, line) || ::fdatasync(s.file) != 0) {
        // What a failed write left is cut off, so that later records do not stand behind half a one.
        if (::ftruncate(s.file, s.file_bytes) != 0) s.close();
        return false;
    }
    s.bytes += size;
    s.file_bytes += size;
    if (s.file_bytes > file_bytes_max) s.close();
    return true;
}

std::optional<DeliverySpool::Waiting> DeliverySpool::next() {
    fs::path oldest;
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->bytes == 0) return std::nullopt;
        const auto files = state_->files();
        if (files.empty()) {
            state_->bytes = 0;
            return std::nullopt;
        }
        oldest = files.front();
        if (oldest == state_->path) state_->close();
    }
    Waiting waiting{.file = oldest, .deliveries = {}};
    std::ifstream file(oldest, std::ios::binary);
    for (std::string line; std::getline(file, line);) {
        auto delivery = read_line(line);
        if (!delivery) break;
        waiting.deliveries.push_back(*std::move(delivery));
    }
    return waiting;
}

void DeliverySpool::remove(const fs::path& file) {
    const std::lock_guard lock(state_->mutex);
    std::error_code ignored;
    state_->bytes -= static_cast<std::int64_t>(fs::file_size(file, ignored));
    fs::remove(file, ignored);
    sync_folder(state_->folder);
}

namespace {

/// False where the database does not take them all.
Task<bool> store_all(const DeliveryWriter* writer, const std::vector<SpooledDelivery>* spooled) {
    constexpr std::size_t batch_rows = 256;
    for (std::size_t begin = 0; begin < spooled->size();) {
        const auto& organization = (*spooled)[begin].source.organization;
        std::vector<ReceivedDelivery> batch;
        for (; begin < spooled->size() && batch.size() < batch_rows; ++begin) {
            const auto& one = (*spooled)[begin];
            if (one.source.organization != organization) break;
            EventLine line;
            line.body = one.body;
            line.headers = one.headers;
            batch.push_back(delivery_of(std::move(line), one.source, one.received_at));
        }
        std::vector<const ReceivedDelivery*> pointers;
        for (const auto& one : batch) pointers.push_back(&one);
        for (const auto& [answer, problem] : co_await writer->write(pointers))
            if (problem) co_return false;
    }
    co_return true;
}

}  // namespace

Task<> keep_emptying(std::shared_ptr<DeliverySpool> spool, pg::Database<Database> database, Stop stop) {
    constexpr std::chrono::milliseconds pause{1'000};
    const DeliveryWriter writer(std::move(database));
    do {
        bool goes_on = true;
        while (goes_on && !stop.requested()) {
            const auto waiting = spool->next();
            if (!waiting) break;
            goes_on = co_await store_all(&writer, &waiting->deliveries);
            if (!goes_on) break;
            spool->remove(waiting->file);
            observe::emit(SpoolEmptied{.deliveries = static_cast<std::int64_t>(waiting->deliveries.size())});
        }
    } while (co_await stop.sleep(pause));
}

}  // namespace gsdb::events
