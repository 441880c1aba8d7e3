#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/time.h"

// How long versions of a language's runtime are supported: the facts as endoflife.date has them,
// and what they say of one version. Pure; files of them are read by collectors/end_of_life.
namespace revisitd::rules {

// One line of releases.
struct RuntimeCycle {
  std::string name;  // "3.11"
  std::optional<TimePoint> released;
  std::optional<TimePoint> ends;  // the day that is announced or was
  bool over = false;              // said to be at its end, with or without a day
  std::string latest;             // "3.11.9", "" if not said
  friend bool operator==(const RuntimeCycle&, const RuntimeCycle&) = default;
};

struct RuntimeCycles {
  std::vector<RuntimeCycle> cycles;
  TimePoint as_of{};   // when somebody last wrote it down
  std::string source;  // for people: the file
};

// Three different things that must not be taken for each other, and a fourth.
enum class SupportKind {
  known,      // a day is given
  over,       // it has ended, nobody says when: on the day of writing at the latest
  predicted,  // no day is given; by how long earlier cycles lasted, it would be this one
  unknown,    // no day, and no cycle to learn from; or the version is in no cycle
};
std::string_view support_kind_name(SupportKind kind);

struct RuntimeSupport {
  SupportKind kind = SupportKind::unknown;
  std::string cycle;              // "" when no cycle holds the version
  std::string latest;             // of the cycle
  std::optional<TimePoint> ends;  // known, over, predicted
};

// "go1.22.3" is in cycle "1.22", "3.11.2+" in "3.11", "v20.1.0" in "20": the cycle with the most
// numbers in common from the front, and all of its own. A prediction is the release plus the median
// time that at least three earlier cycles lasted.
RuntimeSupport support_of(const RuntimeCycles& cycles, std::string_view version);

// "3.11.2" and "3.9.2" of "3.11.2, 3.9.2", as instances that differ say it together. At least one.
std::vector<std::string> versions_in(std::string_view text);

// Of several versions that run side by side, the one whose support ends first; those whose end
// nobody knows come last, and of equals the earlier in the list. There must be one.
struct FirstToEnd {
  std::size_t place = 0;  // in the list
  RuntimeSupport support;
};
FirstToEnd first_to_end(const RuntimeCycles& cycles, const std::vector<std::string>& versions);

}  // namespace revisitd::rules
