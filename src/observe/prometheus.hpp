#pragma once
// The sink that turns observations with a Measure into metrics, and renders them for GET /metrics.
//
// Memory is bounded whatever the label values are: beyond `label_sets_max` for one definition, further label sets are
// counted together under the value "other".

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "observe/observation.hpp"

namespace gsdb::observe {

/// A gauge that is not made of observations: read when asked.
struct Gauge {
    struct Sample {
        std::map<std::string, std::string> labels;
        double value;
    };
    std::string name;  ///< as on /metrics
    std::string help;
    std::vector<Sample> samples{};
};

class Metrics {
  public:
    explicit Metrics(std::size_t label_sets_max = 256);

    /// Give this to add_sink(). It keeps the metrics alive.
    Sink sink() const;

    /// Has render() ask `read`, which must be quick and not block, for further gauges. Called at start-up, before other
    /// threads run.
    void add_gauges(std::function<std::vector<Gauge>()> read) const;

    /// Prometheus's text format 0.0.4, with what the process itself takes (process_*).
    std::string render() const;

    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  private:
    class State;
    std::shared_ptr<State> state_;
};

/// The name of the metric that an observation of this definition changes; empty when none.
std::string metric_name(const Definition& definition);

}  // namespace gsdb::observe
