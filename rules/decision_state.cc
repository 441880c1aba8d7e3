#include "rules/decision_state.h"

namespace revisitd::rules {

bool RosterTimeline::add(std::shared_ptr<const Roster> roster) {
  const TimePoint until = roster->read_at + roster->validity;
  if (!entries_.empty()) {
    Entry& last = entries_.back();
    if (roster->read_at < last.from) return false;
    if (last.roster->teams == roster->teams) {
      // A hole in validity stays a hole: only what was valid until now is extended.
      if (roster->read_at < last.valid_until) {
        last.valid_until = until;
        last.roster = std::move(roster);
        return false;
      }
    } else if (last.valid_until > roster->read_at) {
      last.valid_until = roster->read_at;
    }
  }
  const bool changed = entries_.empty() || entries_.back().roster->teams != roster->teams;
  entries_.push_back({roster->read_at, until, std::move(roster)});
  if (entries_.size() > kMaxEntries) entries_.erase(entries_.begin());
  return changed;
}

const Roster* RosterTimeline::at(TimePoint at) const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->from < at) return at <= entry->valid_until ? entry->roster.get() : nullptr;
  }
  return nullptr;
}

std::shared_ptr<const Roster> RosterTimeline::newest() const {
  return entries_.empty() ? nullptr : entries_.back().roster;
}

std::optional<TimePoint> RosterTimeline::first() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.front().from;
}

}  // namespace revisitd::rules
