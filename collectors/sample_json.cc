#include "collectors/sample_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ranges>
#include <vector>

#include "collectors/exposition_chars.h"

namespace revisitd::collectors {
namespace {

nlohmann::ordered_json value_json(double value) {
  if (std::isfinite(value)) return value;
  return value_text(value);
}

nlohmann::ordered_json labels_json(LabelSpan labels) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const LabelView& label : labels) object[std::string(label.name)] = label.value;
  return object;
}

nlohmann::ordered_json timestamp_json(const std::optional<std::int64_t>& millis) {
  if (!millis) return nullptr;
  if (*millis % 1000 == 0) return *millis / 1000;
  return static_cast<double>(*millis) / 1000.0;
}

// The rules of Prometheus' API.
enum class Ends { open_left = 0, open_right = 1, closed = 3 };

struct Populated {
  Ends ends;
  double low, high, count;
};

std::vector<Populated> buckets_of(const NativeHistogram& histogram) {
  const int schema = histogram.schema;
  std::vector<Populated> all;
  for (const NativeBucket& bucket : std::views::reverse(histogram.negative)) {
    all.push_back({Ends::open_right, -native_bound(bucket.index, schema),
                   -native_lower_bound(bucket.index, schema), bucket.count});
  }
  if (histogram.zero_count > 0) {
    const double threshold = histogram.zero_threshold;
    all.push_back({Ends::closed, -threshold, threshold, histogram.zero_count});
  }
  for (const NativeBucket& bucket : histogram.positive) {
    all.push_back({Ends::open_left, native_lower_bound(bucket.index, schema),
                   native_bound(bucket.index, schema), bucket.count});
  }
  return all;
}

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string sample_json(const SampleView& sample) {
  nlohmann::ordered_json line;
  line["name"] = sample.name;
  line["labels"] = labels_json(sample.labels);
  line["value"] = value_json(sample.value);
  line["timestamp"] = timestamp_json(sample.timestamp_ms);
  return line.dump();
}

std::string native_histogram_json(const SampleView& sample, const NativeHistogram& histogram) {
  nlohmann::ordered_json buckets = nlohmann::ordered_json::array();
  for (const auto& [ends, low, high, count] : buckets_of(histogram)) {
    buckets.push_back(
        {static_cast<int>(ends), value_json(low), value_json(high), value_json(count)});
  }
  nlohmann::ordered_json line;
  line["name"] = sample.name;
  line["labels"] = labels_json(sample.labels);
  line["histogram"] = {{"count", value_json(histogram.count)},
                       {"sum", value_json(histogram.sum)},
                       {"buckets", std::move(buckets)}};
  line["timestamp"] = timestamp_json(sample.timestamp_ms);
  return line.dump();
}

std::string native_histogram_text(const NativeHistogram& histogram) {
  std::string text = "{count:" + value_text(histogram.count) + ", sum:" + value_text(histogram.sum);
  for (const auto& [ends, low, high, count] : buckets_of(histogram)) {
    text += ends == Ends::open_left ? ", (" : ", [";
    text += value_text(low) + ',' + value_text(high);
    text += ends == Ends::open_right ? "):" : "]:";
    text += value_text(count);
  }
  return text + '}';
}

std::string series_text(const SampleView& sample) {
  std::string out;
  std::string_view comma;
  const bool plain_name = metric_name_length(sample.name) == sample.name.size();
  if (plain_name) {
    out += sample.name;
    if (sample.labels.empty()) return out;
  }
  out += '{';
  if (!plain_name) {
    append_quoted(sample.name, out);
    comma = ",";
  }
  for (const LabelView& label : sample.labels) {
    out += comma;
    comma = ",";
    if (!label.name.empty() && label_name_length(label.name) == label.name.size()) {
      out += label.name;
    } else {
      append_quoted(label.name, out);
    }
    out += '=';
    append_quoted(label.value, out);
  }
  return out += '}';
}

std::string value_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> buffer{};
  const auto [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

std::string seconds_text(std::int64_t millis) {
  const std::int64_t fraction = millis % 1000;
  std::string out = std::to_string(millis / 1000);
  if (fraction == 0) return out;
  if (millis < 0 && millis > -1000) out = "-0";
  const std::string digits = std::to_string(std::abs(fraction) + 1000).substr(1);
  return out + '.' + digits.substr(0, digits.find_last_not_of('0') + 1);
}

}  // namespace revisitd::collectors
