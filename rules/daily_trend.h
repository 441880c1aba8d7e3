#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "rules/exact_sum.h"
#include "rules/time.h"

namespace revisitd::rules {

// Daily means of one signal and the line through them, for forecast(): Theil and Sen's, which a
// quarter of wild days does not bend. Only days that are over take part, so the line is computed
// once a day; what a day's last slots say is not guessed from its first ones.
class DailyTrend {
 public:
  static constexpr int kLeastDays = 14;  // with a value, or nothing is forecast
  static constexpr int kLookback = 60;   // days that take part at most

  // Keep days for slots that end up to this long before the newest.
  void keep(Duration back);
  // A slot's value; ascending, what is not past the last changes nothing.
  void add(TimePoint slot_start, double value);
  // Where the line is `ahead` after `end`, seen from the end of a slot.
  [[nodiscard]] std::optional<double> forecast(TimePoint end, Duration ahead) const;

 private:
  struct Day {
    std::int64_t day = 0;  // since the epoch, UTC
    ExactSum sum;
    int count = 0;
  };
  // In days from the middle of day `last`.
  struct Line {
    std::int64_t last = 0;
    std::optional<double> slope;  // none: too few days
    double offset = 0;
  };
  [[nodiscard]] Line fit(std::int64_t last) const;

  std::int64_t days_ = kLookback + 1;
  std::optional<TimePoint> newest_;
  std::deque<Day> sums_;  // ascending
  // The last line asked for: days that are over change no more.
  mutable std::optional<Line> line_;
};

}  // namespace revisitd::rules
