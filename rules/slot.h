#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/time.h"

// What the collectors hand to the engine: at most one value per signal and slot.
namespace revisitd::rules {

// The value of one signal in one slot, in the signal's base unit. A quantile read from a classic
// histogram also carries the bucket it lies in, (low, high]; every other value has low == high ==
// value. All three are finite, but `high` of the last bucket is +Inf. Absent values have no
// SlotValue at all, never a zero.
struct SlotValue {
  double value = 0;
  double low = 0;
  double high = 0;

  static SlotValue exact(double v) { return {v, v, v}; }
  [[nodiscard]] bool is_exact() const { return low == high; }

  friend bool operator==(const SlotValue&, const SlotValue&) = default;
};

// Why a signal has no value in a slot: for people who ask `explain`, never for a verdict.
enum class Absence {
  no_target,   // no target or series of this service is known
  no_data,     // nothing was scraped or answered in the slot
  not_finite,  // NaN or an infinity
  stale,       // the source stopped serving the series
  ambiguous,   // duplicate or contradictory series
  partial,     // the source said its answer is incomplete
  failed,      // the source answered with an error
  down,        // the daemon was not running
};

// "no-data", "not-finite", …
const char* absence_name(Absence absence);
// "nothing was scraped or answered", …
const char* absence_text(Absence absence);

// One signal of one service in one slot: a value, or why there is none.
struct SignalReading {
  std::string signal;
  std::optional<SlotValue> value;
  Absence absence =
      Absence::no_data;   // meaningful only without a value; never needed for a verdict
  std::string text = {};  // of an info signal: the label's values, sorted, joined with ", "
};

struct ServiceReading {
  std::string service;
  std::vector<SignalReading> signals;
  // What the service said it runs, of several instances all that were seen, sorted and joined with
  // ", "; nothing when it was not asked or did not say.
  std::optional<std::string> version = {};
};

// One ended slot of all services: the engine's daily bread. A service or signal that is not in it
// is missing.
struct SlotReading {
  Duration length{};                     // slot length
  TimePoint start{};                     // aligned to length
  std::vector<ServiceReading> services;  // sorted by service, each at most once
  bool backfilled = false;
};

}  // namespace revisitd::rules
