#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "collectors/reduction.h"

// What the tests of the reduction share: samples in short words, and a reducer that is scraped.
namespace revisitd::collectors {

inline constexpr Duration kMinute = std::chrono::minutes(1);
inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

inline TimePoint at(double seconds) { return from_millis(std::llround(seconds * 1000)); }

inline StagedSample gauge(std::uint64_t series, double value) {
  StagedSample sample;
  sample.series = series;
  sample.histogram = series;
  sample.value = value;
  return sample;
}

inline StagedSample with_role(SeriesRole role, std::uint64_t series, std::uint64_t histogram,
                              double value, double bound = 0) {
  return {series, histogram, bound, value, std::nullopt, role};
}

inline StagedSample timed(StagedSample sample, double seconds) {
  sample.time = at(seconds);
  return sample;
}

// Into a reducer that has seen nothing yet.
inline bool restore(SignalReducer& reducer, std::string_view text) {
  auto saved = SignalReducer::read(text);
  return saved && reducer.restore(*std::move(saved));
}

// One reducer with slots of a minute, scraped at given seconds.
class ReductionTest : public ::testing::Test {
 protected:
  void use(rules::Reduction reduction, double q = 0, std::string per = "") {
    rules::SignalSpec spec;
    spec.name = "s";
    spec.reduction = reduction;
    spec.quantile = q;
    spec.per = std::move(per);
    reducer_.emplace(spec, SlotLengths{kMinute});
  }
  void scrape(double seconds, const std::vector<StagedSample>& samples, std::uint64_t target = 1) {
    reducer_->apply(target, at(seconds), samples, counters_);
  }
  rules::SignalReading close(std::int64_t index = 0) { return reducer_->close(kMinute, index); }

  std::optional<SignalReducer> reducer_;
  ReductionCounters counters_;
};

}  // namespace revisitd::collectors
