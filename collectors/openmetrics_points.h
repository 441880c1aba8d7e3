#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/openmetrics_places.h"

namespace revisitd::collectors {

// Takes one finding of the lint: where on the page, and the sentence.
using LintReport = std::function<void(Place place, std::string message)>;

// Checks the samples of one metric (one label set of a family, apart from the labels that tell its
// series apart), which come one point after another, each point being the samples of one timestamp.
class MetricLint {
 public:
  // `suffix` is what a sample's name has beyond `family`.
  MetricLint(MetricType type, std::string family, LintReport report);

  void sample(const SampleView& sample, std::string_view suffix, const SamplePlaces& places);
  // Ends the metric: what only a whole point can break is reported now.
  void finish();

 private:
  struct Bucket {
    double bound = 0;
    double count = 0;
  };
  struct Value {
    double number = 0;
    Place place;
  };
  struct Point {
    std::vector<Bucket> buckets;
    std::optional<Value> count;
    std::optional<Value> sum;
    std::unordered_set<std::string> series;
    Place last;  // its last sample
  };

  void check_time(const SamplePlaces& places);
  void check_value(const SampleView& sample, std::string_view suffix, const SamplePlaces& places);
  void check_bucket(const SampleView& sample, const SamplePlaces& places);
  void check_quantile(const SampleView& sample, const SamplePlaces& places);
  void check_state(const SampleView& sample, const SamplePlaces& places);
  void finish_point();
  void finish_histogram();
  void require(bool good, Place place, const char* message) const;

  MetricType type_;
  std::string family_;
  LintReport report_;
  Point point_;
  bool begun_ = false;
  std::string last_time_;  // as on the page, "" for none
};

}  // namespace revisitd::collectors
