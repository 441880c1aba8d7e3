#pragma once

#include <optional>

#include "rules/decision.h"
#include "rules/record.h"
#include "rules/signal.h"
#include "rules/yaml_decode.h"

// The machine-readable part of a record: one YAML mapping to one checked decision.
namespace revisitd::rules {

// What a block does not say itself.
struct BlockContext {
  const SignalTable& signals;  // the configuration's
  const RecordOptions& options;
  bool header_keys =
      false;  // `title`, `status` and `date` stand in the block: it is a plain YAML file
};

// A decision without id, path, title, status and date; std::nullopt once `block`'s findings got an
// error. The header's keys are left to the caller where they are allowed, and an error where they
// are not.
std::optional<Decision> decode_block(YamlMap& block, const BlockContext& context);

// The `triggers:` of a block whose language, alternatives and signals are read. Where the
// alternatives are no list (`languages_known` is false), `favours` is not held against them.
std::vector<Trigger> decode_triggers(const YamlValue& triggers, const Decision& decision,
                                     const RecordOptions& options, bool languages_known);

}  // namespace revisitd::rules
