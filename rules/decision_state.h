#pragma once

#include <boost/container/flat_map.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/boxed.h"
#include "rules/circumstances.h"
#include "rules/decision.h"
#include "rules/interned.h"
#include "rules/ledger.h"
#include "rules/revisit.h"
#include "rules/roster.h"
#include "rules/slot.h"
#include "rules/snapshot.h"

// Everything the engine remembers, as plain data.
namespace revisitd::rules {

// One trigger as it stands.
struct TriggerState {
  Interned<std::string> meaning;  // Trigger::meaning() the ledger was judged by
  Duration length{};              // slot length
  SlotLedger ledger{1};
  std::optional<TimePoint> since;     // when the verdict last changed
  std::optional<TimePoint> rearm_at;  // a disarmed trip may speak again from here: tenure's end of
                                      // a new revision
  LoadMeans load;                     // the request rate in breach and otherwise
  int blind_run = 0;                  // blind slots judged since the last one that was not
  int worse_run = 0;  // covered slots in a row that were worse than the snooze allows
  Verdict verdict = Verdict::blind;
  Verdict standing = Verdict::clear;  // the latest of clear and tripped, clear when there was none
  bool armed = true;  // may open or worsen; a conclusion disarms what is tripped until it clears
  bool in_revisit = false;  // its present trip is counted in the current revisit
  bool blind_told = false;
};

// The newest value of a signal at one slot length, judged live or found in the store, for evidence
// and pages; not saved, a slot brings it back.
struct LastValue {
  std::int64_t index = 0;  // slot it was seen in
  SlotValue value;
};

using LastValues =
    boost::container::flat_map<std::pair<std::string, Duration>, LastValue, SignalAndLengthLess>;

// One decision as it stands.
struct DecisionState {
  std::string service;
  std::shared_ptr<const Decision> decision;
  boost::container::flat_map<std::string, TriggerState, std::less<>> triggers;  // by name
  Boxed<Revisit> revisit;                    // the current, unfinished one
  std::string revision;                      // record id, date and language it was last seen with
  std::optional<TimePoint> review_due_told;  // the review date it was told for
  std::optional<TimePoint> review_overdue_told;
  std::map<Duration, VersionLog> versions;  // by slot length
  LastValues last_values;
  Snapshot snapshot;  // of the revision
};

// The rosters that were in force, oldest first, so that a slot is always judged by the roster of
// its own time.
class RosterTimeline {
 public:
  static constexpr std::size_t kMaxEntries = 400;

  // The same content again only extends the validity. True when the content is new.
  bool add(std::shared_ptr<const Roster> roster);
  // The roster read before `at` and still valid then; null when there is none.
  [[nodiscard]] const Roster* at(TimePoint at) const;
  [[nodiscard]] std::shared_ptr<const Roster> newest() const;
  // When the first one was read.
  [[nodiscard]] std::optional<TimePoint> first() const;

 private:
  struct Entry {
    TimePoint from{};
    TimePoint valid_until{};
    std::shared_ptr<const Roster> roster;
  };
  std::vector<Entry> entries_;
};

}  // namespace revisitd::rules
