#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/roster.h"
#include "rules/roster_decode.h"

// A roster file that others write, and the last good reading of it.
namespace revisitd::collectors {

struct RosterFileOptions {
  Duration validity = rules::kRosterValidity;  // where the file says none itself
  // How long a new text must have stayed the same before it counts: always, when it lists fewer
  // people than before, and when it lists less than half of them. A file that is being written, or
  // was cut off, parses, too.
  Duration settle{2'000};
  Duration settle_fewer{60'000};
  Duration settle_halved{3'600'000};
};

enum class RosterFileState {
  unread,       // nothing was ever read
  good,         // the file as it is now is in force
  settling,     // a new text is there and has not stayed the same for long enough
  quarantined,  // a new text lists less than half of the people: it needs time or a person's word
  bad,          // the file as it is now has errors or cannot be read
};
const char* roster_file_state_name(RosterFileState state);

struct RosterLook {
  // The last good reading, nullptr when there is none. Its read_at is the last time the file was
  // seen to say this, so a file that stays bad or quarantined lets it age until it is no longer
  // valid.
  std::shared_ptr<const rules::Roster> roster;
  bool changed = false;  // other teams or people than at the look before
  RosterFileState state = RosterFileState::unread;
  std::vector<Diagnostic> diagnostics;  // why the file as it is now is not in force
  std::optional<TimePoint> again;  // when another look may change something; else at the next poll
};

class RosterFile {
 public:
  // `last` is what was in force before a restart, if anything: without it, an emptied roster would
  // pass for the first one.
  RosterFile(std::string path, RosterFileOptions options,
             std::shared_ptr<const rules::Roster> last = nullptr);

  RosterLook look(TimePoint now);
  // A person's word that the text that waits now is right: the next look takes it if it is still
  // the same.
  void confirm();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Waiting {
    std::string hash;
    TimePoint since{};
    bool confirmed = false;
  };

  RosterLook refuse(RosterLook look, Diagnostic why) const;
  [[nodiscard]] Duration needed(const rules::Roster& next, TimePoint now) const;
  RosterLook wait(RosterLook look, const rules::Roster& next, Duration needed, TimePoint now) const;

  std::string path_;
  RosterFileOptions options_;
  std::shared_ptr<const rules::Roster> last_;
  std::string last_hash_;  // "" until a text of this process is in force
  std::optional<Waiting> waiting_;
};

}  // namespace revisitd::collectors
