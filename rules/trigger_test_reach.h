#pragma once

#include <map>
#include <string>
#include <utility>

#include "rules/replay_log.h"

// How far a trigger test takes each trigger: `revisitd test --coverage`.
namespace revisitd::rules {

// Slots of a window that would have to turn into breach for the trigger to trip: 0 when it would
// now. Slots that are ok are turned first, others only as far as coverage asks for them.
int slots_short(const SlotCounts& counts, const Shares& shares);

// A trigger is held just short of opening when it was untripped with at most a twentieth of its
// window (at least one slot) short of tripping, and then got farther away again, or the test ended
// there. On its way to a trip every trigger passes that point; that does not count.
struct Reach {
  bool opened = false;  // it opened, worsened or reopened a revisit
  bool held = false;
  bool near = false;  // it is just short now
};

class ReachGauge {
 public:
  void step(const Engine& engine, const ReplayStep& step);
  // By service and trigger, of every trigger seen. The test is over.
  std::map<std::pair<std::string, std::string>, Reach> finish();

 private:
  std::map<std::pair<std::string, std::string>, Reach> reach_;
};

}  // namespace revisitd::rules
