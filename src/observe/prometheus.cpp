#include "observe/prometheus.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <unordered_map>

namespace gsdb::observe {

namespace {

using Labels = std::map<std::string, std::string>;

const Field* find(const Fields& fields, std::string_view name) {
    auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

double number(const Field& field) {
    return std::visit(
        [](const auto& value) -> double {
            if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) return static_cast<double>(value);
            return 0;
        },
        field.value);
}

std::string text(const Field& field) {
    return std::visit(
        [](const auto& value) -> std::string {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, std::string>) return value;
            if constexpr (std::is_same_v<Value, bool>) return value ? "true" : "false";
            if constexpr (std::is_arithmetic_v<Value>) return std::to_string(value);
        },
        field.value);
}

// From half a millisecond to half a minute for durations; from 256 bytes to a gigabyte, or counts alike.
prometheus::Histogram::BucketBoundaries boundaries(std::string_view field) {
    if (field.ends_with("seconds"))
        return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
    prometheus::Histogram::BucketBoundaries powers;
    for (double bound = 256; bound <= 1 << 30; bound *= 4) powers.push_back(bound);
    return powers;
}

void append_gauge(std::string& out, std::string_view name, std::string_view type, std::string_view help, double value) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    out.append(name).append(" ").append(type).append("\n");
    out.append(name).append(" ").append(std::to_string(value)).append("\n");
}

void append_process(std::string& out) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    append_gauge(out, "process_cpu_seconds_total", "counter", "CPU time used, user and system.",
                 seconds(usage.ru_utime) + seconds(usage.ru_stime));
    std::size_t total_pages = 0, resident_pages = 0;
    std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
    append_gauge(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
                 static_cast<double>(resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE)));
    std::error_code ignored;
    std::filesystem::directory_iterator descriptors("/proc/self/fd", ignored);
    append_gauge(out, "process_open_fds", "gauge", "Open file descriptors.",
                 static_cast<double>(std::distance(begin(descriptors), end(descriptors))));
}

}  // namespace

std::string metric_name(const Definition& definition) {
    const auto& [field, kind] = definition.measure;
    if (kind == Measure::none) return {};
    auto name = "gsdb_" + std::string(definition.name);
    if (!field.empty()) name += "_" + std::string(field);
    return kind == Measure::counter ? name + "_total" : name;
}

class Metrics::State {
  public:
    explicit State(std::size_t label_sets_max) : label_sets_max_(label_sets_max) {}

    void record(const Definition& definition, const Fields& fields) {
        const auto& measure = definition.measure;
        if (measure.kind == Measure::none) return;
        double value = 1;
        if (!measure.field.empty()) {
            auto* field = find(fields, measure.field);
            if (!field) return;
            value = number(*field);
        }
        std::lock_guard lock(mutex_);
        auto& series = series_of(definition, fields);
        if (series.counter && value >= 0) series.counter->Increment(value);
        if (series.gauge) series.gauge->Set(value);
        if (series.histogram) series.histogram->Observe(value);
    }

    void add_gauges(std::function<std::vector<Gauge>()> read) { readers_.push_back(std::move(read)); }

    std::string render() const {
        auto families = registry_.Collect();
        for (const auto& read : readers_)
            for (const auto& gauge : read()) families.push_back(family_of(gauge));
        auto out = prometheus::TextSerializer().Serialize(families);
        append_process(out);
        return out;
    }

  private:
    // The metric of one label set; one pointer is set.
    struct Series {
        prometheus::Counter* counter = nullptr;
        prometheus::Gauge* gauge = nullptr;
        prometheus::Histogram* histogram = nullptr;
    };
    struct Family {
        prometheus::Family<prometheus::Counter>* counters = nullptr;
        prometheus::Family<prometheus::Gauge>* gauges = nullptr;
        prometheus::Family<prometheus::Histogram>* histograms = nullptr;
        std::unordered_map<std::string, Series> series;
    };

    Series& series_of(const Definition& definition, const Fields& fields) {
        auto& family = family_of(definition);
        key_.clear();
        for (auto label : definition.labels)
            if (auto* field = label.empty() ? nullptr : find(fields, label)) key_.append(text(*field)).push_back('\0');
        if (auto found = family.series.find(key_); found != family.series.end()) return found->second;
        const bool is_full = family.series.size() >= label_sets_max_;
        if (is_full) key_ = overflow_key;
        auto [added, is_new] = family.series.try_emplace(key_);
        if (is_new) added->second = make_series(family, definition, labels_of(definition, fields, is_full));
        return added->second;
    }

    static Labels labels_of(const Definition& definition, const Fields& fields, bool is_full) {
        Labels labels;
        for (auto label : definition.labels)
            if (auto* field = label.empty() ? nullptr : find(fields, label))
                labels[std::string(label)] = is_full ? "other" : text(*field);
        return labels;
    }

    static prometheus::MetricFamily family_of(const Gauge& gauge) {
        prometheus::MetricFamily family{
            .name = gauge.name, .help = gauge.help, .type = prometheus::MetricType::Gauge, .metric = {}};
        for (const auto& sample : gauge.samples) {
            auto& metric = family.metric.emplace_back();
            for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
            metric.gauge.value = sample.value;
        }
        return family;
    }

    static Series make_series(Family& family, const Definition& definition, const Labels& labels) {
        Series series;
        if (family.counters) series.counter = &family.counters->Add(labels);
        if (family.gauges) series.gauge = &family.gauges->Add(labels);
        if (family.histograms) series.histogram = &family.histograms->Add(labels, boundaries(definition.measure.field));
        return series;
    }

    Family& family_of(const Definition& definition) {
        auto [added, is_new] = families_.try_emplace(definition.name);
        if (!is_new) return added->second;
        auto named = [&](auto builder) {
            return &builder.Name(metric_name(definition)).Help(std::string(definition.description)).Register(registry_);
        };
        auto& family = added->second;
        switch (definition.measure.kind) {
            case Measure::counter:
                family.counters = named(prometheus::BuildCounter());
                break;
            case Measure::gauge:
                family.gauges = named(prometheus::BuildGauge());
                break;
            case Measure::histogram:
                family.histograms = named(prometheus::BuildHistogram());
                break;
            case Measure::none:
                break;
        }
        return family;
    }

    static constexpr std::string_view overflow_key = "\x01other";
    const std::size_t label_sets_max_;
    prometheus::Registry registry_;
    std::mutex mutex_;
    std::unordered_map<std::string_view, Family> families_;  // by the definition's name, which is static
    std::vector<std::function<std::vector<Gauge>()>> readers_;
    std::string key_;  // here to reuse its memory
};

Metrics::Metrics(std::size_t label_sets_max) : state_(std::make_shared<State>(label_sets_max)) {}

Sink Metrics::sink() const {
    return [state = state_](const Definition& definition, const Fields& fields) {
        // A sink must not throw: what cannot be counted is not worth a request.
        try {
            state->record(definition, fields);
        } catch (const std::exception&) {
        }
    };
}

void Metrics::add_gauges(std::function<std::vector<Gauge>()> read) const {
    state_->add_gauges(std::move(read));
}

std::string Metrics::render() const {
    return state_->render();
}

}  // namespace gsdb::observe
