#include "collectors/promql_answer.h"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

namespace json = boost::json;
using rules::Absence;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxWarnings = 8;
constexpr std::size_t kMaxMessage = 300;

std::string shown(std::string_view text) {
  const bool cut = text.size() > kMaxMessage;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return printable(text.substr(0, kMaxMessage)) + (cut ? "…" : "");
}

PromqlError malformed(std::string message) {
  return {PromqlFailure::malformed, "not an answer of the Prometheus API: " + std::move(message)};
}

const json::value* find(const json::value& in, std::string_view key) {
  const json::object* object = in.if_object();
  return object != nullptr ? object->if_contains(key) : nullptr;
}

std::string_view text_at(const json::value& in, std::string_view key) {
  const json::value* value = find(in, key);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

// By status and body of an answer that is no success. Whether to ask again is the status' word
// alone; the type in the body differs between servers (VictoriaMetrics writes a number there).
PromqlError failed(int status, const json::value* document, std::string_view body) {
  const bool later = status >= 500 || status == 429 || status == 408;
  std::string message = "HTTP " + std::to_string(status);
  const std::string_view type = document != nullptr ? text_at(*document, "errorType") : "";
  const std::string_view error = document != nullptr ? text_at(*document, "error") : "";
  if (!type.empty()) message += " (" + shown(type) + ")";
  if (!error.empty()) {
    message += ": " + shown(error);
  } else if (document == nullptr && !body.empty()) {
    message += ": " + shown(body.substr(0, body.find('\n')));
  }
  return {later ? PromqlFailure::unavailable : PromqlFailure::refused, std::move(message)};
}

Result<json::value, PromqlError> read_document(int status, std::string_view body) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  json::value document = json::parse(body, error, {}, options);
  const json::value* whole = error ? nullptr : &document;
  if (status != 200) return failed(status, whole, body);
  if (error) return malformed(error.message() + ", starts with " + in_quotes(body.substr(0, 60)));
  const std::string_view said = text_at(document, "status");
  if (said == "error") return failed(status, whole, body);
  if (said != "success") return malformed("no \"status\" of \"success\" or \"error\"");
  return document;
}

PromqlError wrong_shape(std::string_view type, const PromqlReadOptions& options) {
  std::string message = "the query gives a " + shown(type) +
                        ", not a vector with one series per \"" + options.service_label + "\"";
  if (type == "scalar") {
    message += ": aggregate with \"by (" + options.service_label +
               ")\", and turn a scalar that is needed into label_replace(vector(…), \"" +
               options.service_label + "\", …)";
  } else if (type == "matrix") {
    message += ": put a range selector into a function such as rate() or avg_over_time()";
  }
  return {PromqlFailure::wrong_shape, std::move(message)};
}

// The `result` array of the type asked for.
Result<const json::array*, PromqlError> read_result(const json::value& document,
                                                    std::string_view wanted,
                                                    const PromqlReadOptions& options) {
  const json::value* data = find(document, "data");
  const json::value* result = data != nullptr ? find(*data, "result") : nullptr;
  if (result == nullptr) return malformed("no \"data\" with a \"result\"");
  const std::string_view type = text_at(*data, "resultType");
  if (type.empty()) return malformed("no \"resultType\"");
  if (type != wanted) return wrong_shape(type, options);
  const json::array* array = result->if_array();
  if (array == nullptr) return malformed("\"result\" is no list");
  if (array->size() > options.max_series) {
    return PromqlError{PromqlFailure::wrong_shape,
                       "the query gives " + std::to_string(array->size()) + " series, more than " +
                           std::to_string(options.max_series)};
  }
  return array;
}

std::vector<std::string> read_warnings(const json::value& document) {
  std::vector<std::string> warnings;
  const json::value* listed = find(document, "warnings");
  if (const json::array* array = listed != nullptr ? listed->if_array() : nullptr) {
    for (const json::value& one : *array) {
      const json::string* text = one.if_string();
      const std::string_view warning = text != nullptr ? std::string_view(*text) : "a warning";
      // Older servers list remarks about a query's style among the warnings.
      if (warning.starts_with("PromQL info:") || warnings.size() >= kMaxWarnings) continue;
      warnings.push_back(shown(warning));
    }
  }
  const json::value* partial = find(document, "isPartial");
  if (partial != nullptr && partial->is_bool() && partial->get_bool()) {
    warnings.emplace_back("the server says the answer is partial");
  }
  return warnings;
}

std::optional<double> read_number(std::string_view text) {
  if (text == "NaN") return std::nan("");
  if (text == "+Inf" || text == "Inf") return INFINITY;
  if (text == "-Inf") return -INFINITY;
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  // Too small for a double is zero, too great an infinity.
  if (error == std::errc::result_out_of_range) {
    return text.find("e-") != std::string_view::npos ? 0.0 : INFINITY;
  }
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

struct Point {
  TimePoint time;
  double value = 0;
};

// [seconds, "value"]
std::optional<Point> read_point(const json::value& pair) {
  const json::array* array = pair.if_array();
  if (array == nullptr || array->size() != 2 || !(*array)[0].is_number()) return std::nullopt;
  const json::string* text = (*array)[1].if_string();
  const std::optional<double> value =
      text != nullptr ? read_number(std::string_view(*text)) : std::nullopt;
  const double seconds = (*array)[0].to_number<double>();
  if (!value || !(std::abs(seconds) < 1e12)) return std::nullopt;
  return Point{from_millis(std::llround(seconds * 1000)), *value};
}

PromqlValue to_value(double value) {
  if (!std::isfinite(value)) return {std::nullopt, Absence::not_finite};
  return {value};
}

}  // namespace

const char* promql_failure_name(PromqlFailure failure) {
  switch (failure) {
    case PromqlFailure::refused:
      return "refused";
    case PromqlFailure::wrong_shape:
      return "wrong_shape";
    case PromqlFailure::malformed:
      return "malformed";
    case PromqlFailure::unavailable:
      return "unavailable";
  }
  return "unknown";
}

Result<PromqlVector, PromqlError> read_promql_vector(int status, std::string_view body,
                                                     const PromqlReadOptions& options) {
  const auto document = read_document(status, body);
  if (!document) return document.error();
  const auto result = read_result(*document, "vector", options);
  if (!result) return result.error();
  PromqlVector vector;
  vector.warnings = read_warnings(*document);
  for (const json::value& element : **result) {
    const json::value* metric = find(element, "metric");
    if (metric == nullptr || !metric->is_object()) return malformed("an element has no \"metric\"");
    PromqlValue value{std::nullopt, Absence::not_finite};
    if (const json::value* pair = find(element, "value")) {
      const std::optional<Point> point = read_point(*pair);
      if (!point) return malformed("a \"value\" is no pair of time and number text");
      value = to_value(point->value);
    } else if (find(element, "histogram") == nullptr) {
      return malformed("an element has no \"value\"");
    }
    const std::string_view service = text_at(*metric, options.service_label);
    if (service.empty()) {
      ++vector.unlabelled;
      continue;
    }
    const auto [place, added] = vector.services.emplace(service, value);
    if (!added) place->second = {std::nullopt, Absence::ambiguous};
  }
  return vector;
}

Result<PromqlMatrix, PromqlError> read_promql_matrix(int status, std::string_view body,
                                                     const PromqlReadOptions& options) {
  const auto document = read_document(status, body);
  if (!document) return document.error();
  const auto result = read_result(*document, "matrix", options);
  if (!result) return result.error();
  PromqlMatrix matrix;
  matrix.warnings = read_warnings(*document);
  for (const json::value& element : **result) {
    const json::value* metric = find(element, "metric");
    if (metric == nullptr || !metric->is_object()) return malformed("an element has no \"metric\"");
    const std::string_view service = text_at(*metric, options.service_label);
    if (service.empty()) {
      ++matrix.unlabelled;
      continue;
    }
    auto& points = matrix.services[std::string(service)];
    const json::value* listed = find(element, "values");
    const json::array* values = listed != nullptr ? listed->if_array() : nullptr;
    if (values == nullptr) {
      if (find(element, "histograms") == nullptr) return malformed("a series has no \"values\"");
      continue;
    }
    for (const json::value& pair : *values) {
      const std::optional<Point> point = read_point(pair);
      if (!point) return malformed("a value is no pair of time and number text");
      const auto [place, added] = points.emplace(point->time, to_value(point->value));
      if (!added) place->second = {std::nullopt, Absence::ambiguous};
    }
  }
  return matrix;
}

}  // namespace revisitd::collectors
