#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/slot.h"
#include "rules/snapshot.h"

namespace revisitd::daemon {

// Why slots have no value, for people who ask; no verdict depends on it, so it is kept since the
// start only. Runs of slots, the newest kRuns of a signal.
class AbsenceLog {
 public:
  static constexpr std::size_t kRuns = 32;

  void note(const rules::SlotReading& reading);
  // Of a slot without a value; nothing when nobody knows.
  [[nodiscard]] std::optional<rules::Absence> find(const std::string& service,
                                                   const std::string& signal, Duration length,
                                                   std::int64_t index) const;
  // Forgets the signals of services that are not in `services`, which is sorted.
  void keep_only(const std::vector<std::string>& services);

 private:
  struct Run {
    std::int64_t first = 0, last = 0;  // first <= index <= last
    rules::Absence absence{};
  };
  // Mostly one: the slot in which the daemon was started.
  using Runs = boost::container::small_vector<Run, 1>;
  using OfServices = std::map<std::string, Runs>;

  static void add(Runs& runs, std::int64_t index, rules::Absence absence);
  static std::optional<rules::Absence> find(const Runs& runs, std::int64_t index);

  // By signal and slot length first: many services have the same few.
  std::map<std::pair<std::string, Duration>, OfServices, rules::SignalAndLengthLess> signals_;
  // Slots that nobody judged in their time: what a source says of them stands above.
  std::map<Duration, Runs> missed_;
};

}  // namespace revisitd::daemon
