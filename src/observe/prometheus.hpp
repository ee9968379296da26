#pragma once
// The sink that turns observations with a Measure into metrics, and renders them for GET /metrics.
//
// Memory is bounded whatever the label values are: beyond `label_sets_max` for one definition, further label sets are
// counted together under the value "other".

#include <cstddef>
#include <memory>
#include <string>

#include "observe/observation.hpp"

namespace gsdb::observe {

class Metrics {
  public:
    explicit Metrics(std::size_t label_sets_max = 256);

    /// Give this to add_sink(). It keeps the metrics alive.
    Sink sink() const;

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
