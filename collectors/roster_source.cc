#include "collectors/roster_source.h"

#include <algorithm>

namespace revisitd::collectors {
namespace {

bool same_people(const rules::Roster& a, const rules::Roster& b) {
  return a.teams == b.teams && a.elsewhere == b.elsewhere;
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
  const int before = last_->people(now);
  const int after = next.people(now);
  if (after * 2 < before) return std::max(options_.settle_halved, options_.settle);
  if (after < before) return std::max(options_.settle_fewer, options_.settle);
  return options_.settle;
}

RosterLook RosterGate::wait(RosterLook look, const rules::Roster& next, Duration needed,
                            TimePoint now) const {
  look.state = RosterSourceState::settling;
  look.again = waiting_->since + needed;
  if (!last_ || next.people(now) >= last_->people(now)) return look;
  if (next.people(now) * 2 < last_->people(now)) look.state = RosterSourceState::quarantined;
  // Before what else there is to say of it: this is why it is not in force.
  look.diagnostics.insert(
      look.diagnostics.begin(),
      {name_,
       {},
       "lists " + std::to_string(next.people(now)) + " people where " +
           std::to_string(last_->people(now)) +
           " were: the earlier roster stays in force until this one has stayed the same for " +
           format_duration(needed) + ", or until `revisitd confirm`",
       "",
       Severity::warning});
  return look;
}

}  // namespace revisitd::collectors
