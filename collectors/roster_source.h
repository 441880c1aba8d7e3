#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/roster.h"
#include "rules/roster_decode.h"

// People from somewhere, and the last good reading of them: the contract of all roster sources.
namespace revisitd::collectors {

struct RosterSourceOptions {
  Duration validity = rules::kRosterValidity;  // where the source says none itself
  // How long something new must have stayed the same before it counts: always, when it lists fewer
  // people than before, and when it lists less than half of them; or so many fewer of the teams'
  // members, where somebody is on several. A file that is being written, or
  // was cut off, parses, too.
  Duration settle{2'000};
  Duration settle_fewer{60'000};
  Duration settle_halved{3'600'000};
};

enum class RosterSourceState {
  unread,       // nothing was ever read
  good,         // what the source says now is in force
  settling,     // something new is there and has not stayed the same for long enough
  quarantined,  // it lists less than half of the people: it needs time or a person's word
  bad,          // what the source says now has errors or cannot be read
};
const char* roster_source_state_name(RosterSourceState state);

struct RosterLook {
  // The last good reading, nullptr when there is none. Its read_at is the last time the source was
  // seen to say this, so one that stays bad or quarantined lets it age until it is no longer valid.
  std::shared_ptr<const rules::Roster> roster;
  bool changed = false;  // other teams or people than at the look before
  RosterSourceState state = RosterSourceState::unread;
  std::vector<Diagnostic> diagnostics;  // why what it says now is not in force, and warnings
  std::optional<TimePoint> again;  // when another look may change something; else at the next poll
};

// A service that a catalogue of software lists, with or without a decision.
struct CataloguedService {
  std::string name;
  std::string owner;  // team, "" if not known
  friend auto operator<=>(const CataloguedService&, const CataloguedService&) = default;
};

// What a source said when it was last believed: what a restart or a reload hands on to the next
// one.
struct LastReading {
  std::shared_ptr<const rules::Roster> roster;  // nullptr: nothing was ever believed
  std::vector<CataloguedService> services = {};
};

class RosterSource {
 public:
  virtual ~RosterSource() = default;
  // Quick and bounded; never waits for a peer.
  virtual RosterLook look(TimePoint now) = 0;
  // A person's word that what waits now is right: the next look takes it if it is still the same.
  // False when nothing waits.
  virtual bool confirm() = 0;
  // Unique among the sources of a configuration: a path, a pattern or a URL.
  [[nodiscard]] virtual const std::string& name() const = 0;
  // "file", "csv", "backstage", "http", "backstage-api".
  [[nodiscard]] virtual std::string kind() const = 0;
  // Directories where a change may be seen.
  [[nodiscard]] virtual std::vector<std::string> directories() const { return {}; }
  // Of the last good reading, sorted by name.
  [[nodiscard]] virtual std::vector<CataloguedService> services() const { return {}; }
};

// What a source was last seen to say, and whether something new counts already. Shared by all
// kinds of sources.
class RosterGate {
 public:
  // `last` is what was in force before a restart, if anything: without it, an emptied roster would
  // pass for the first one.
  RosterGate(std::string name, RosterSourceOptions options,
             std::shared_ptr<const rules::Roster> last);

  // The source says this. `hash` tells texts apart; `rested`: it has stood there unchanged for the
  // settling time, which the first text ever may show by its own time of change.
  RosterLook offer(rules::RosterReading reading, const std::string& hash, bool rested,
                   TimePoint now);
  // It says nothing that can be used.
  RosterLook refuse(RosterSourceState state, std::vector<Diagnostic> why);
  bool confirm();

  [[nodiscard]] const std::shared_ptr<const rules::Roster>& last() const { return last_; }
  [[nodiscard]] const RosterSourceOptions& options() const { return options_; }

 private:
  struct Waiting {
    std::string hash;
    TimePoint since{};
    bool confirmed = false;
  };

  [[nodiscard]] Duration needed(const rules::Roster& next, TimePoint now) const;
  RosterLook wait(RosterLook look, const rules::Roster& next, Duration needed, TimePoint now) const;

  std::string name_;
  RosterSourceOptions options_;
  std::shared_ptr<const rules::Roster> last_;
  std::string last_hash_;  // "" until a text of this process is in force
  std::optional<Waiting> waiting_;
};

}  // namespace revisitd::collectors
