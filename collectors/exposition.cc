#include "collectors/exposition.h"

#include <utility>

namespace revisitd::collectors {

std::string_view page_fault_name(PageFault fault) {
  switch (fault) {
    case PageFault::syntax:
      return "syntax";
    case PageFault::html:
      return "html";
    case PageFault::cut_off:
      return "cut_off";
    case PageFault::too_many_samples:
      return "too_many_samples";
    case PageFault::too_many_labels:
      return "too_many_labels";
    case PageFault::metric_name_too_long:
      return "metric_name_too_long";
    case PageFault::label_name_too_long:
      return "label_name_too_long";
    case PageFault::label_value_too_long:
      return "label_value_too_long";
    case PageFault::line_too_long:
      return "line_too_long";
    case PageFault::too_many_buckets:
      return "too_many_buckets";
  }
  return "";
}

std::string_view metric_type_name(MetricType type) {
  switch (type) {
    case MetricType::unknown:
      return "unknown";
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
    case MetricType::gaugehistogram:
      return "gaugehistogram";
    case MetricType::summary:
      return "summary";
    case MetricType::info:
      return "info";
    case MetricType::stateset:
      return "stateset";
  }
  return "";
}

Diagnostic to_diagnostic(const PageError& error, std::string file) {
  return {std::move(file), error.place, error.message, error.source, Severity::error};
}

}  // namespace revisitd::collectors
