#pragma once

#include <cstdint>
#include <optional>

#include "rules/time.h"

namespace revisitd::rules {

struct MeanValue {
  double value = 0;
  TimePoint at{};  // end of the last slot in it
  friend bool operator==(const MeanValue&, const MeanValue&) = default;
};

// What a signal usually is and what it was at first, in a few numbers: one slot is noise, and a
// day has its ups and downs. Slots come in ascending order, all of one length.
class SignalMeans {
 public:
  // The running sums, for the store.
  struct State {
    std::int64_t last = -1;        // newest slot, -1 = none yet
    std::int64_t day = 0;          // its UTC day, counted from the epoch
    double today = 0;              // sum over that day …
    std::int64_t today_count = 0;  // … of so many slots
    double before = 0;             // the same of the day before it
    std::int64_t before_count = 0;
    std::int64_t first = -1;  // slot that the first day began with; once settled the one that ended
    double first_sum = 0;     // once settled the mean
    std::int64_t first_count = 0;
    bool settled = false;
    friend bool operator==(const State&, const State&) = default;
  };

  SignalMeans() = default;
  explicit SignalMeans(const State& state) : s_(state) {}

  void add(std::int64_t index, Duration length, double value);
  // Another first day begins: it is what recent() says where that is worth a day, else the next
  // slot starts it.
  void restart(Duration length);

  // What was seen lately counts no more, and a first day that is not over begins with the next
  // slot.
  void forget_recent();

  // Over the slots of the newest UTC day and the one before it; nothing before the first one and
  // once `at` is two days past
  // the newest slot.
  [[nodiscard]] std::optional<MeanValue> recent(Duration length, TimePoint at) const;
  // Over the slots since the first one, settled once a day has passed and values for four fifths
  // of a day are in; it stays as it is from then on.
  [[nodiscard]] std::optional<MeanValue> first(Duration length) const;

  [[nodiscard]] const State& state() const { return s_; }

 private:
  State s_;
};

}  // namespace revisitd::rules
