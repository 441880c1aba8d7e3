#include "collectors/protobuf_samples.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "collectors/exposition_chars.h"

namespace revisitd::collectors {
namespace {

using NumberText = std::array<char, 32>;

// A bound or a quantile as OpenMetrics spells it: as Go's %g does, and never like an integer.
std::string_view spell(double value, NumberText& buffer) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == 0) return "0.0";
  const double size = std::abs(value);
  const bool exponent = size < 1e-4 || size >= 1e6;
  char* const begin = buffer.data();
  char* end = std::to_chars(begin, begin + buffer.size() - 2, value,
                            exponent ? std::chars_format::scientific : std::chars_format::fixed)
                  .ptr;
  if (!exponent && std::find(begin, end, '.') == end) {
    *end++ = '.';
    *end++ = '0';
  }
  return {begin, end};
}

bool is_summary(MetricType type) { return type == MetricType::summary; }
bool is_histogram(MetricType type) {
  return type == MetricType::histogram || type == MetricType::gaugehistogram;
}

MessageFault syntax(std::string message) { return {PageFault::syntax, std::move(message)}; }

MessageFault longer_than(PageFault fault, const char* what, std::size_t bytes) {
  return {fault,
          "the " + std::string(what) + " is longer than " + std::to_string(bytes) + " bytes"};
}

}  // namespace

void ProtobufFamily::begin(std::string_view name, MetricType family_type, SampleSink& sink) {
  type = family_type;
  const auto ask = [&](Series& series, std::string_view suffix, bool exists) {
    series.wanted = false;
    if (!exists) return;
    series.name.assign(name).append(suffix);
    series.wanted = sink.wants(series.name);
  };
  const bool sums = is_summary(type) || is_histogram(type);
  ask(plain, "", type != MetricType::gaugehistogram);
  ask(bucket, "_bucket", is_histogram(type));
  ask(sum, "_sum", sums);
  ask(count, "_count", sums);
}

bool ProtobufFamily::wanted() const {
  return plain.wanted || bucket.wanted || sum.wanted || count.wanted;
}

std::size_t ProtobufFamily::longest_wanted_name() const {
  std::size_t longest = 0;
  for (const Series* series : {&plain, &bucket, &sum, &count}) {
    if (series->wanted) longest = std::max(longest, series->name.size());
  }
  return longest;
}

MessageStatus ProtobufSamples::take(const ProtobufFamily& family, std::string_view message) {
  const bool wants_native = family.type == MetricType::histogram && family.plain.wanted;
  if (auto status = read_metric(message, family.type, wants_native, metric_); !status)
    return status;
  if (auto status = check_labels(family); !status) return status;
  const bool native = wants_native && metric_.native.present();
  if (native) {
    auto status = metric_.native.build(metric_.observations(), metric_.sum, histogram_);
    if (!status) return status;
    buckets_ += histogram_.positive.size() + histogram_.negative.size();
    if (buckets_ > limits_.native_buckets) {
      return MessageFault{PageFault::too_many_buckets,
                          "the page's native histograms have more than " +
                              std::to_string(limits_.native_buckets) + " buckets"};
    }
  }
  return hand_over(family, native);
}

MessageStatus ProtobufSamples::check_labels(const ProtobufFamily& family) const {
  const bool one_more = is_summary(family.type) ? family.plain.wanted && !metric_.points.empty()
                                                : family.bucket.wanted;
  if (metric_.labels.size() + (one_more ? 1 : 0) > limits_.labels) {
    return MessageFault{PageFault::too_many_labels,
                        "the sample has more than " + std::to_string(limits_.labels) + " labels"};
  }
  for (const LabelView& label : metric_.labels) {
    if (auto status = check_label(label); !status) return status;
  }
  return Ok{};
}

MessageStatus ProtobufSamples::check_label(const LabelView& label) const {
  if (label.name.empty()) return syntax("expected a label name, found an empty one");
  if (!is_valid_utf8(label.name) || label.name.find('\0') != std::string_view::npos)
    return syntax("expected a label name in UTF-8 without NUL, found other bytes");
  if (!is_valid_utf8(label.value))
    return syntax("expected a label value in UTF-8, found other bytes");
  if (label.name.size() > limits_.label_name_bytes)
    return longer_than(PageFault::label_name_too_long, "label name", limits_.label_name_bytes);
  if (label.value.size() > limits_.label_value_bytes)
    return longer_than(PageFault::label_value_too_long, "label value", limits_.label_value_bytes);
  return Ok{};
}

MessageStatus ProtobufSamples::hand_over(const ProtobufFamily& family, bool native) {
  switch (family.type) {
    case MetricType::unknown:
    case MetricType::counter:
    case MetricType::gauge:
    case MetricType::info:
    case MetricType::stateset:
      return hand_over_one(family.plain, metric_.value);
    case MetricType::summary:
      if (auto status = hand_over_points(family.plain, "quantile"); !status) return status;
      return hand_over_sums(family);
    case MetricType::histogram:
    case MetricType::gaugehistogram:
      return hand_over_histogram(family, native);
  }
  return Ok{};
}

MessageStatus ProtobufSamples::hand_over_histogram(const ProtobufFamily& family, bool native) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (native) {
    if (auto status = hand_over_native(family); !status) return status;
  }
  const bool closed =
      std::any_of(metric_.points.begin(), metric_.points.end(),
                  [](const ProtobufMetric::Point& bucket) { return bucket.key == kInfinity; });
  if (!closed) metric_.points.push_back({kInfinity, metric_.observations()});
  if (auto status = hand_over_points(family.bucket, "le"); !status) return status;
  return hand_over_sums(family);
}

MessageStatus ProtobufSamples::hand_over_native(const ProtobufFamily& family) {
  sink_.native_histogram(view(family.plain, histogram_.count), histogram_);
  return count_sample(true);
}

MessageStatus ProtobufSamples::hand_over_points(const ProtobufFamily::Series& series,
                                                std::string_view label) {
  metric_.labels.push_back({label, ""});
  for (const ProtobufMetric::Point& point : metric_.points) {
    NumberText buffer;
    if (series.wanted) metric_.labels.back().value = spell(point.key, buffer);
    if (auto status = hand_over_one(series, point.value); !status) return status;
  }
  metric_.labels.pop_back();
  return Ok{};
}

MessageStatus ProtobufSamples::hand_over_sums(const ProtobufFamily& family) {
  if (auto status = hand_over_one(family.sum, metric_.sum); !status) return status;
  return hand_over_one(family.count, metric_.observations());
}

MessageStatus ProtobufSamples::hand_over_one(const ProtobufFamily::Series& series, double value) {
  if (series.wanted) sink_.sample(view(series, value));
  return count_sample(series.wanted);
}

MessageStatus ProtobufSamples::count_sample(bool given) {
  ++seen_;
  if (given && sink_.dropped()) ++dropped_;
  if (seen_ - dropped_ <= limits_.samples) return Ok{};
  return MessageFault{PageFault::too_many_samples,
                      "the page has more than " + std::to_string(limits_.samples) + " samples"};
}

// A time of 0 is none: Prometheus' proto3 cannot tell them apart.
SampleView ProtobufSamples::view(const ProtobufFamily::Series& series, double value) const {
  SampleView sample;
  sample.name = series.name;
  sample.labels = metric_.labels;
  sample.value = value;
  if (metric_.timestamp_ms != 0) sample.timestamp_ms = metric_.timestamp_ms;
  sample.line = 1;
  return sample;
}

}  // namespace revisitd::collectors
