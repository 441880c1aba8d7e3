#include "collectors/roster_file.h"

#include <algorithm>

#include "collectors/safe_file.h"

namespace revisitd::collectors {
namespace {

Duration apart(TimePoint a, TimePoint b) { return a >= b ? a - b : b - a; }

}  // namespace

const char* roster_file_state_name(RosterFileState state) {
  switch (state) {
    case RosterFileState::unread:
      return "unread";
    case RosterFileState::good:
      return "good";
    case RosterFileState::settling:
      return "settling";
    case RosterFileState::quarantined:
      return "quarantined";
    case RosterFileState::bad:
      return "bad";
  }
  return "unread";
}

RosterFile::RosterFile(std::string path, RosterFileOptions options,
                       std::shared_ptr<const rules::Roster> last)
    : path_(std::move(path)), options_(options), last_(std::move(last)) {}

void RosterFile::confirm() {
  if (waiting_) waiting_->confirmed = true;
}

RosterLook RosterFile::look(TimePoint now) {
  RosterLook look;
  look.roster = last_;
  const auto content = read_file(path_, rules::kRosterBytes);
  if (!content) {
    if (content.error().problem == FileProblem::changing) {
      waiting_.reset();
      look.state = RosterFileState::settling;
      look.again = now + options_.settle;
      return look;
    }
    return refuse(std::move(look), {"", {}, content.error().message, "", Severity::error});
  }

  rules::RosterReading reading = rules::decode_roster(content->text, path_, now, options_.validity);
  if (!reading.roster) {
    waiting_.reset();
    look.state = RosterFileState::bad;
    look.diagnostics = std::move(reading.diagnostics);
    return look;
  }

  const bool known =
      last_ && (content->hash == last_hash_ || reading.roster->teams == last_->teams);
  if (!known) {
    const bool first_seen = !waiting_ || waiting_->hash != content->hash || waiting_->since > now;
    if (first_seen) waiting_ = Waiting{content->hash, now, false};
    const Duration need = needed(*reading.roster, now);
    // The first text ever has nothing to be compared with, so its own time of change will do.
    const bool rested = !last_ && apart(now, content->modified) >= options_.settle;
    if (!rested && !waiting_->confirmed && now - waiting_->since < need) {
      return wait(std::move(look), *reading.roster, need, now);
    }
  }
  waiting_.reset();
  look.changed = !last_ || reading.roster->teams != last_->teams ||
                 reading.roster->validity != last_->validity;
  last_ = std::make_shared<const rules::Roster>(*std::move(reading.roster));
  last_hash_ = content->hash;
  look.roster = last_;
  look.state = RosterFileState::good;
  return look;
}

RosterLook RosterFile::refuse(RosterLook look, Diagnostic why) const {
  look.state = RosterFileState::bad;
  look.diagnostics.push_back(std::move(why));
  return look;
}

Duration RosterFile::needed(const rules::Roster& next, TimePoint now) const {
  if (!last_) return options_.settle;
  const int before = last_->people(now);
  const int after = next.people(now);
  if (after * 2 < before) return std::max(options_.settle_halved, options_.settle);
  if (after < before) return std::max(options_.settle_fewer, options_.settle);
  return options_.settle;
}

RosterLook RosterFile::wait(RosterLook look, const rules::Roster& next, Duration needed,
                            TimePoint now) const {
  look.state = RosterFileState::settling;
  look.again = waiting_->since + needed;
  if (!last_ || next.people(now) * 2 >= last_->people(now)) return look;
  look.state = RosterFileState::quarantined;
  look.diagnostics.push_back(
      {path_,
       {},
       "lists " + std::to_string(next.people(now)) + " people where " +
           std::to_string(last_->people(now)) +
           " were: the earlier roster stays in force until this one has stayed the same for " +
           format_duration(needed) + " or is confirmed",
       "",
       Severity::warning});
  return look;
}

}  // namespace revisitd::collectors
