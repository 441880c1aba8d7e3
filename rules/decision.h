#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/diagnostic.h"
#include "rules/quantity.h"
#include "rules/shared_signals.h"
#include "rules/time.h"

// One decision record as the engine sees it.
namespace revisitd::rules {

// A condition in a decision that would flip it.
struct Trigger {
  std::string name;  // [a-z0-9][a-z0-9_-]*, unique within the decision
  Condition when;
  std::optional<Condition> provided;
  Duration window{};
  Share trip{1, 1};      // share of covered slots in breach that trips it
  Share clear{1, 2};     // share at or under which it clears again; below trip
  Share coverage{4, 5};  // least share of the window that must be covered
  bool hard = false;     // pierces tenure
  std::string favours;   // language the trigger speaks for, "" if none
  std::string why;
  Place place;  // of its key in the record

  // Equal for two triggers that judge alike: conditions' meanings, window, shares, hard. Neither
  // the name nor the words around it take part.
  [[nodiscard]] std::string meaning() const;
  // Whether that is its meaning.
  [[nodiscard]] bool means(std::string_view text) const;
};

struct Decision {
  std::string service;  // the identity of the decision: one accepted decision per service
  std::string team;  // "" if not given: nobody is told by team, questions about the team are blind
  std::string language;  // lower case
  std::vector<std::string> alternatives;
  std::string workload;                      // "" if not given
  std::map<std::string, Quantity> envelope;  // signal -> budget
  std::optional<Duration> review_every;
  std::optional<TimePoint> review_by;  // as written; at most one of the two is set
  Duration tenure{};
  std::vector<Trigger> triggers;
  SharedSignals signals;  // the configuration's, with this record's overrides merged over them
  std::string runtime;    // recorded runtime version ("3.11"), "" if not given
  std::map<std::string, Quantity>
      inputs;  // `inputs:`: measured values at the decision, for baseline()

  std::string id;    // the record: stem of its file name, e.g. "0007-use-python"; a side file's is
                     // its record's
  std::string path;  // the file, as configured
  Place place;       // of its block in the file
  Place team_place;  // of `team`; of the block without one
  std::string title;
  TimePoint date{};           // of the decision
  std::string superseded_by;  // link or id, when the status says so

  // When the decision is due for review: review_by as written, else date + review_every, else
  // never.
  [[nodiscard]] std::optional<TimePoint> review_date() const;
  // Null when there is none of that name.
  [[nodiscard]] const Trigger* find_trigger(std::string_view name) const;
};

using Decisions = std::vector<std::shared_ptr<const Decision>>;

// A record's status, whatever the layout calls it.
enum class RecordStatus { proposed, accepted, rejected, deprecated, superseded, unknown };
// "proposed", "accepted", …, "unknown".
const char* status_name(RecordStatus status);

}  // namespace revisitd::rules
