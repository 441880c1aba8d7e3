#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "collectors/exposition.h"
#include "collectors/protobuf_metric.h"

namespace revisitd::collectors {

// What its metrics need to know of their family: which series they consist of.
struct ProtobufFamily {
  struct Series {
    std::string name;
    bool wanted = false;
  };

  MetricType type = MetricType::counter;
  Series plain;               // quantiles and native histograms, too
  Series bucket, sum, count;  // never wanted of types that have none

  // Asks the sink once for each series of the type.
  void begin(std::string_view name, MetricType type, SampleSink& sink);
  [[nodiscard]] bool wanted() const;
  [[nodiscard]] std::size_t longest_wanted_name() const;
};

// Makes samples of Metric messages and hands them to a sink: those that it wants of a metric, or
// none where the message is broken.
class ProtobufSamples {
 public:
  // `sink` must outlive it.
  ProtobufSamples(SampleSink& sink, const ExpositionLimits& limits)
      : sink_(sink), limits_(limits) {}

  MessageStatus take(const ProtobufFamily& family, std::string_view message);

  // So far; those that the sink does not want, too.
  [[nodiscard]] std::size_t seen() const { return seen_; }

 private:
  [[nodiscard]] MessageStatus check_labels(const ProtobufFamily& family) const;
  [[nodiscard]] MessageStatus check_label(const LabelView& label) const;
  MessageStatus hand_over(const ProtobufFamily& family, bool native);
  MessageStatus hand_over_histogram(const ProtobufFamily& family, bool native);
  MessageStatus hand_over_native(const ProtobufFamily& family);
  MessageStatus hand_over_points(const ProtobufFamily::Series& series, std::string_view label);
  MessageStatus hand_over_sums(const ProtobufFamily& family);
  MessageStatus hand_over_one(const ProtobufFamily::Series& series, double value);
  // Of what the sink was given, if it wanted it.
  MessageStatus count_sample(bool given);
  [[nodiscard]] SampleView view(const ProtobufFamily::Series& series, double value) const;

  SampleSink& sink_;
  ExpositionLimits limits_;
  std::size_t seen_ = 0;
  std::size_t buckets_ = 0;    // of native histograms
  std::size_t dropped_ = 0;    // of those, by the sink's rules
  ProtobufMetric metric_;      // the one being taken
  NativeHistogram histogram_;  // what it is natively
};

}  // namespace revisitd::collectors
