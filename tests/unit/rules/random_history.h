#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/rules/reference_model.h"

// Random histories for the engine and its reference model: records to begin with, and steps that a
// person can read. A history is data, so one that fails can be cut down to the steps that matter.
namespace revisitd::reference {

enum class StepKind {
  slots,      // `count` slots of a second end, one letter of `text` per service
  pause,      // nothing runs for `count` seconds
  back,       // the clock is set back by `count` seconds
  restart,    // what was saved is restored
  reload,     // the ladder loses or regains its shortest slots
  people,     // a roster with `count` people fluent in Go is read
  cosmetic,   // new words in a record; all below are about record `service`
  limit,      // another threshold for trigger `trigger`
  share,      // another share to trip at
  drop,       // the trigger goes
  bring,      // a trigger comes back, or comes
  withdraw,   // the record goes
  reinstate,  // and comes back
  redate,     // it is dated `trigger` days ago, with tenure that ends in `count` seconds, 0 = none
  language,   // it runs in another language
  acknowledge,  // the service's revisit
  snooze,       // for `count` seconds; `text` "w" = until it worsens by 20 %
  conclude,
};

struct Step {
  StepKind kind{};
  int service = 0;
  int trigger = 0;
  int count = 1;
  std::string text;
};

struct History {
  std::vector<Record> records;
  std::vector<Step> steps;
};

History random_history(std::uint64_t seed);
// What the engine and the model disagree about, at the first step where they do.
std::optional<std::string> disagreement(const History& history);
// The fewest steps found that still disagree.
History smallest(History history);
std::string describe(const History& history);

}  // namespace revisitd::reference
