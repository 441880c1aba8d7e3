#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/assessment.h"
#include "rules/revisit.h"
#include "rules/signal.h"

// The new record that a revisit asks for, written as far as measurements can write it: in the
// layout of the record in force, with its next number, evidence, the assessment, every option with
// what speaks for and against it, and the triggers anew. What only people can say is left blank and
// marked TO DECIDE. A pure function; the result passes `revisitd check records`.
namespace revisitd::rules {

// How people lay records out.
enum class RecordLayout {
  madr_bullets,       // MADR 2, log4brains: "* Status: accepted" under the title
  madr_front_matter,  // MADR 3 and 4: status and date in YAML before it
  nygard,             // adr-tools: headings Status, Context, Decision, Consequences
};
// By what the text holds; MADR with bullets where nothing tells.
RecordLayout layout_of(std::string_view record_text);

struct DraftInput {
  const Decision& decision;      // in force
  std::string_view record_text;  // of its record, "" when it is not at hand
  const SignalTable& declared;   // the configuration's: what differs is the record's own
  const Assessment& assessment;
  const DecisionInputs& now;
  const std::optional<DecisionInputs>& then;
  std::vector<TriggerEvidence> triggers;  // as they stand, in the record's order
  const Revisit* revisit = nullptr;       // the unfinished one, null when there is none
  std::vector<std::string> neighbours;    // paths of all records; those beside it count
  TimePoint at{};
};

struct Draft {
  std::string file;      // name for it, "0012-use-go-for-checkout.md"; goes beside the old record
  std::string language;  // it proposes: what the assessment leans to, else the chosen one
  std::string markdown;
};
Draft draft_record(const DraftInput& input);

}  // namespace revisitd::rules
