#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/time.h"

// What else was going on when a trigger began to be in breach: a release, more work.
namespace revisitd::rules {

// Signals with a meaning of their own. Their values are looked at wherever a reading has them, also
// where no condition names them.
inline constexpr std::string_view kVersionSignal = "version";
inline constexpr std::string_view kLoadSignal = "rps";

// A change of the version that a service runs.
struct Release {
  TimePoint at{};  // start of the first slot that showed the new one
  std::string from;
  std::string to;
  friend bool operator==(const Release&, const Release&) = default;
};

// A version that a signal tells as a number: the shortest text that reads as it.
std::string version_text(double value);

// The versions one service showed at one slot length: the present one and the last changes.
class VersionLog {
 public:
  static constexpr std::size_t kMostChanges = 100;

  struct Change {
    std::int64_t index = 0;  // first slot that showed `to`
    std::string from, to;
    friend bool operator==(const Change&, const Change&) = default;
  };

  VersionLog() = default;
  VersionLog(std::string current, std::vector<Change> changes)
      : current_(std::move(current)), changes_(std::move(changes)) {}

  // A slot showed this version; slots come in ascending order. True when it is news.
  bool see(std::int64_t index, std::string_view version);
  // What slots say that were read only later: changes they add are put in their places, and one
  // that was noticed late goes to its slot. The present version stays. True when that is news.
  bool learn(const VersionLog& past);
  // The change at most one slot away from slot `onset`; the nearest, the earlier of two.
  [[nodiscard]] const Change* near(std::int64_t onset) const;

  [[nodiscard]] const std::string& current() const { return current_; }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

 private:
  std::string current_;          // "" before the first
  std::vector<Change> changes_;  // ascending
};

// A mean that forgets: of the last `horizon` values or so, in two numbers.
struct RunningMean {
  double mean = 0;
  int count = 0;
  void add(double value, int horizon);
  friend bool operator==(const RunningMean&, const RunningMean&) = default;
};

// The request rate in slots without and in slots with a breach.
struct LoadShift {
  double calm = 0;
  double breach = 0;
  // At least a fifth more in breach.
  [[nodiscard]] bool grew() const { return breach >= 1.2 * calm; }
  friend bool operator==(const LoadShift&, const LoadShift&) = default;
};

struct LoadMeans {
  // Means of fewer slots say nothing.
  static constexpr int kLeastSlots = 3;
  RunningMean calm, breach;
  [[nodiscard]] std::optional<LoadShift> shift() const;
  friend bool operator==(const LoadMeans&, const LoadMeans&) = default;
};

}  // namespace revisitd::rules
