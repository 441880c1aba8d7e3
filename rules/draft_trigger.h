#pragma once

#include <string>

#include "rules/draft.h"

// The triggers of a draft: those of the old record, with thresholds proposed anew.
namespace revisitd::rules {

struct TriggerProposal {
  std::string when;
  std::string note;  // beside it, "" for nothing to say
  std::string favours;
};

// The trigger for a decision for `language`. What is true today would trip as soon as the record is
// accepted, so its thresholds move: those of measurements by a quarter beyond what is measured,
// where the language stays, and counts of people and languages to what they are. Where the language
// changes, the old and the new one change places in what asks about people.
TriggerProposal propose_trigger(const DraftInput& in, const Trigger& trigger,
                                const std::string& language);

// The nearest value that records can spell: whole milliseconds, whole MiB or bytes, four digits.
Quantity spelled(Quantity q);

}  // namespace revisitd::rules
