#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/result.h"
#include "rules/slot.h"
#include "rules/time.h"

// What a Prometheus-compatible server answers, read with nothing taken on trust.
namespace revisitd::collectors {

// Why there is no answer to use.
enum class PromqlFailure {
  refused,      // the server says the query is wrong, or takes too much: asking again does not help
  wrong_shape,  // a good answer of a type that cannot be one value per service
  malformed,    // not an answer of this API
  unavailable,  // no connection, 5xx, 429, timeout: asking again later may help
};
const char* promql_failure_name(PromqlFailure failure);

struct PromqlError {
  PromqlFailure failure;
  std::string message;  // one line for people, safe to show
};

struct PromqlReadOptions {
  std::string service_label = "service";
  std::size_t max_series = 200'000;
};

// One service at one time: a value, or why there is none.
struct PromqlValue {
  std::optional<double> value;
  rules::Absence absence = rules::Absence::no_data;
};

// An instant vector by service. A service with more than one series is ambiguous; one whose element
// is a native histogram, NaN or infinite is not finite.
struct PromqlVector {
  std::map<std::string, PromqlValue, std::less<>> services;
  std::size_t unlabelled = 0;  // elements without the service label, ignored
  std::vector<std::string>
      warnings;  // that make the answer partial; mere remarks ("PromQL info: …") are left out
};

// A range of instants by service, times ascending.
struct PromqlMatrix {
  std::map<std::string, std::map<TimePoint, PromqlValue>, std::less<>> services;
  std::size_t unlabelled = 0;
  std::vector<std::string> warnings;
};

// Reads the answer to /api/v1/query and /api/v1/query_range, whatever its HTTP status was.
Result<PromqlVector, PromqlError> read_promql_vector(int status, std::string_view body,
                                                     const PromqlReadOptions& options);
Result<PromqlMatrix, PromqlError> read_promql_matrix(int status, std::string_view body,
                                                     const PromqlReadOptions& options);

}  // namespace revisitd::collectors
