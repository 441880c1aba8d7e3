#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collectors/reduction.h"

// The end of a slot: from the cells of all series to one value, or why there is none.
namespace revisitd::collectors {

// Whether samples of this role are summed up as a counter's.
bool is_counter(rules::Reduction reduction, SeriesRole role);

class SlotReduction {
 public:
  // Looks at both only while it lives.
  SlotReduction(const SignalReducer& signal, const SignalReducer::OpenSlot& slot, Duration length);

  void read_into(rules::SignalReading& reading) const;

 private:
  using Value = std::optional<rules::SlotValue>;
  struct Member {
    const SignalReducer::Series& series;
    const SignalReducer::Cell& cell;
    std::uint64_t histogram;   // apart from every other instance's
    const std::string* label;  // of an info metric, else null
  };
  using Visit = std::function<void(const Member&)>;

  [[nodiscard]] Value value() const;
  [[nodiscard]] Value rate() const;
  [[nodiscard]] Value quantile() const;
  [[nodiscard]] Value quantile_of_natives() const;
  [[nodiscard]] Value summary_quantile() const;
  [[nodiscard]] Value mean() const;
  [[nodiscard]] Value gauge() const;
  [[nodiscard]] std::set<std::string> labels() const;
  [[nodiscard]] rules::Absence absence() const;
  // Whether an instance has a classic histogram only where another one has a native one: what the
  // two observed cannot be added.
  [[nodiscard]] bool mixed() const;
  // Whether a sum lacks a series that had samples, but none that counts.
  [[nodiscard]] bool incomplete() const;

  // The sum of the rates of a role's series; nothing when none has one.
  [[nodiscard]] std::optional<double> total_rate(SeriesRole role) const;
  [[nodiscard]] std::optional<double> rate_of(const SignalReducer::Cell& cell) const;
  // Every series of a role that has a sample in the slot.
  void each(SeriesRole role, const Visit& visit) const;
  [[nodiscard]] bool has(SeriesRole role) const;

  const SignalReducer& signal_;
  const SignalReducer::OpenSlot& slot_;
  TimePoint start_;
  TimePoint end_;
};

}  // namespace revisitd::collectors
