#include "collectors/openmetrics_points.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "collectors/exposition_number.h"

namespace revisitd::collectors {
namespace {

const LabelView* find_label(LabelSpan labels, std::string_view name) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const LabelView& label) { return label.name == name; });
  return found == labels.end() ? nullptr : &*found;
}

std::optional<double> number_in(const LabelView* label) {
  if (label == nullptr) return std::nullopt;
  const ParsedFloat parsed = parse_sample_value(label->value);
  if (parsed.fault != NumberFault::none || std::isnan(parsed.value)) return std::nullopt;
  return parsed.value;
}

bool is_count(double value) {
  return value >= 0 && !std::isinf(value) && value == std::trunc(value);  // false for NaN
}

std::string identity(const SampleView& sample) {
  std::vector<LabelView> labels(sample.labels.begin(), sample.labels.end());
  std::sort(labels.begin(), labels.end(),
            [](const LabelView& a, const LabelView& b) { return a.name < b.name; });
  std::string key(sample.name);
  for (const LabelView& label : labels) {
    key.append(1, '\xFF').append(label.name).append(1, '\xFF').append(label.value);
  }
  return key;
}

// The value of one of the sample's labels; without it, the sample.
Place place_of_label(const SampleView& sample, const SamplePlaces& places, const LabelView* label) {
  if (label == nullptr) return places.begin;
  return places.labels[static_cast<std::size_t>(label - sample.labels.data())].value;
}

}  // namespace

MetricLint::MetricLint(MetricType type, std::string family, LintReport report)
    : type_(type), family_(std::move(family)), report_(std::move(report)) {}

void MetricLint::require(bool good, Place place, const char* message) const {
  if (!good) report_(place, message);
}

void MetricLint::sample(const SampleView& sample, std::string_view suffix,
                        const SamplePlaces& places) {
  check_time(places);
  require(point_.series.insert(identity(sample)).second, places.begin,
          "the same series stands twice with one timestamp");
  point_.last = places.begin;
  check_value(sample, suffix, places);
}

// Exact, since points may be less than a millisecond apart.
void MetricLint::check_time(const SamplePlaces& places) {
  const std::string_view time = places.timestamp_text;
  if (begun_ && time.empty() != last_time_.empty()) {
    report_(places.timestamp, "a metric gives a timestamp to all of its samples or to none");
    finish_point();
  } else if (begun_ && time != last_time_) {
    const auto order = compare_decimals(time, last_time_);
    require(order >= 0, places.timestamp, "the timestamps of a metric go back");
    if (order != 0) finish_point();
  }
  begun_ = true;
  last_time_ = time;
}

void MetricLint::check_value(const SampleView& sample, std::string_view suffix,
                             const SamplePlaces& places) {
  if (suffix == "_created") return;
  switch (type_) {
    case MetricType::counter:
      require(sample.value >= 0, places.value, "a counter is negative or NaN");
      break;
    case MetricType::histogram:
    case MetricType::gaugehistogram:
      if (suffix == "_bucket") check_bucket(sample, places);
      break;
    case MetricType::summary:
      if (suffix.empty()) check_quantile(sample, places);
      if (suffix == "_sum") {
        require(sample.value >= 0, places.value, "the sum of a summary is negative or NaN");
      }
      break;
    case MetricType::info:
      require(sample.value == 1, places.value, "the value of an info is not 1");
      break;
    case MetricType::stateset:
      check_state(sample, places);
      break;
    case MetricType::gauge:
    case MetricType::unknown:
      break;
  }
  if (suffix == "_count" || suffix == "_gcount") {
    require(is_count(sample.value), places.value, "a count is no whole number of 0 or more");
    point_.count = {sample.value, places.value};
  }
  if (suffix == "_sum" || suffix == "_gsum") point_.sum = {sample.value, places.value};
}

void MetricLint::check_bucket(const SampleView& sample, const SamplePlaces& places) {
  const LabelView* const le = find_label(sample.labels, "le");
  const auto bound = number_in(le);
  if (!bound) {
    report_(place_of_label(sample, places, le), "a bucket has no label le that is a number");
    return;
  }
  require(is_count(sample.value), places.value,
          "the count of a bucket is no whole number of 0 or more");
  if (!point_.buckets.empty()) {
    require(*bound > point_.buckets.back().bound, place_of_label(sample, places, le),
            "buckets do not stand in rising order of le");
    require(sample.value >= point_.buckets.back().count, places.value,
            "the counts of buckets fall: they are cumulative");
  }
  const bool is_last = *bound > 0 && std::isinf(*bound);
  require(!is_last || le->value == "+Inf", place_of_label(sample, places, le),
          "the bound of the last bucket is not written as \"+Inf\"");
  require(is_last || !sample.exemplar || sample.exemplar->value <= *bound, places.exemplar_value,
          "the exemplar of a bucket lies above its le");
  point_.buckets.push_back({*bound, sample.value});
}

void MetricLint::check_quantile(const SampleView& sample, const SamplePlaces& places) {
  const LabelView* const label = find_label(sample.labels, "quantile");
  const auto quantile = number_in(label);
  require(quantile && *quantile >= 0 && *quantile <= 1, place_of_label(sample, places, label),
          "a summary's series has no label quantile between 0 and 1");
  require(!(sample.value < 0), places.value, "the value of a quantile is negative");
}

void MetricLint::check_state(const SampleView& sample, const SamplePlaces& places) {
  require(sample.value == 0 || sample.value == 1, places.value,
          "the value of a state is neither 0 nor 1");
  require(find_label(sample.labels, family_) != nullptr, places.begin,
          "a state has no label with the name of its family");
}

void MetricLint::finish() { finish_point(); }

void MetricLint::finish_point() {
  const bool histogram = type_ == MetricType::histogram || type_ == MetricType::gaugehistogram;
  if (histogram && !point_.series.empty()) finish_histogram();
  point_ = {};
}

void MetricLint::finish_histogram() {
  const std::vector<Bucket>& buckets = point_.buckets;
  const std::optional<Value>& count = point_.count;
  const std::optional<Value>& sum = point_.sum;
  const bool complete =
      !buckets.empty() && std::isinf(buckets.back().bound) && buckets.back().bound > 0;
  require(complete, point_.last, "a histogram has no bucket for le=\"+Inf\"");
  if (complete && count) {
    require(buckets.back().count == count->number, count->place,
            "the count of a histogram differs from its bucket for le=\"+Inf\"");
  }
  require(sum.has_value() == count.has_value(), point_.last,
          "a histogram has one of sum and count without the other");
  if (!sum) return;
  const bool below_zero = !buckets.empty() && buckets.front().bound < 0;
  if (type_ == MetricType::gaugehistogram) {
    require(!std::isnan(sum->number), sum->place, "the sum of a gaugehistogram is NaN");
    require(below_zero || !(sum->number < 0), sum->place,
            "the sum of a gaugehistogram without negative buckets is negative");
  } else if (below_zero) {
    report_(sum->place, "a histogram with negative buckets has a sum");
  } else {
    require(sum->number >= 0, sum->place, "the sum of a histogram is negative or NaN");
  }
}

}  // namespace revisitd::collectors
