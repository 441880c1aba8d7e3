#include "collectors/roster_source.h"

#include <algorithm>

namespace revisitd::collectors {
namespace {

bool same_people(const rules::Roster& a, const rules::Roster& b) {
  return a.teams == b.teams && a.elsewhere == b.elsewhere;
}

// What counts as less: persons, or members of all teams.
struct Shrunk {
  bool fewer = false, halved = false;
  std::string what;  // "9 people where 10 were"
};

Shrunk shrunk(const rules::Roster& before, const rules::Roster& after, TimePoint now) {
  Shrunk found;
  const auto compare = [&](int was, int is, const char* noun) {
    if (is < was && found.what.empty())
      found.what = std::to_string(is) + " " + noun + " where " + std::to_string(was) + " were";
    found.fewer = found.fewer || is < was;
    found.halved = found.halved || is * 2 < was;
  };
  compare(before.people(now), after.people(now), "people");
  compare(before.memberships(now), after.memberships(now), "members of teams");
  return found;
}

}  // namespace

const char* roster_source_state_name(RosterSourceState state) {
  switch (state) {
    case RosterSourceState::unread:
      return "unread";
    case RosterSourceState::good:
      return "good";
    case RosterSourceState::settling:
      return "settling";
    case RosterSourceState::quarantined:
      return "quarantined";
    case RosterSourceState::bad:
      return "bad";
  }
  return "unread";
}

RosterGate::RosterGate(std::string name, RosterSourceOptions options,
                       std::shared_ptr<const rules::Roster> last)
    : name_(std::move(name)), options_(options), last_(std::move(last)) {}

bool RosterGate::confirm() {
  if (waiting_) waiting_->confirmed = true;
  return waiting_.has_value();
}

RosterLook RosterGate::refuse(RosterSourceState state, std::vector<Diagnostic> why) {
  if (state == RosterSourceState::bad || state == RosterSourceState::settling) waiting_.reset();
  RosterLook look;
  look.roster = last_;
  look.state = state;
  look.diagnostics = std::move(why);
  return look;
}

RosterLook RosterGate::offer(rules::RosterReading reading, const std::string& hash, bool rested,
                             TimePoint now) {
  if (!reading.roster) return refuse(RosterSourceState::bad, std::move(reading.diagnostics));
  RosterLook look;
  look.roster = last_;
  look.diagnostics = std::move(reading.diagnostics);
  const bool known = last_ && (hash == last_hash_ || same_people(*reading.roster, *last_));
  if (!known) {
    const bool first_seen = !waiting_ || waiting_->hash != hash || waiting_->since > now;
    if (first_seen) waiting_ = Waiting{hash, now, false};
    const Duration need = needed(*reading.roster, now);
    // The first text ever has nothing to be compared with, so its own time of change will do.
    const bool first_rested = !last_ && rested;
    if (!first_rested && !waiting_->confirmed && now - waiting_->since < need) {
      return wait(std::move(look), *reading.roster, need, now);
    }
  }
  waiting_.reset();
  look.changed = !last_ || !same_people(*reading.roster, *last_) ||
                 reading.roster->validity != last_->validity;
  last_ = std::make_shared<const rules::Roster>(*std::move(reading.roster));
  last_hash_ = hash;
  look.roster = last_;
  look.state = RosterSourceState::good;
  return look;
}

Duration RosterGate::needed(const rules::Roster& next, TimePoint now) const {
  if (!last_) return options_.settle;
  const Shrunk less = shrunk(*last_, next, now);
  if (less.halved) return std::max(options_.settle_halved, options_.settle);
  if (less.fewer) return std::max(options_.settle_fewer, options_.settle);
  return options_.settle;
}

RosterLook RosterGate::wait(RosterLook look, const rules::Roster& next, Duration needed,
                            TimePoint now) const {
  look.state = RosterSourceState::settling;
  look.again = waiting_->since + needed;
  // Remarks may name people, and problems are shown where names are not: they are told once it is
  // in force.
  look.diagnostics.clear();
  if (!last_) return look;
  const Shrunk less = shrunk(*last_, next, now);
  if (!less.fewer) return look;
  if (less.halved) look.state = RosterSourceState::quarantined;
  look.diagnostics.push_back(
      {name_,
       {},
       "lists " + less.what + ": the earlier roster stays in force until this one has stayed the " +
           "same for " + format_duration(needed) + ", or until `revisitd confirm`",
       "",
       Severity::warning});
  return look;
}

}  // namespace revisitd::collectors
