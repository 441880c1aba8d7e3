#include "daemon/wanted_signals.h"

#include <map>
#include <set>
#include <string>

#include "rules/assessment.h"
#include "rules/engine.h"

namespace revisitd::daemon {

void add_wanted_signals(const rules::Decision& decision, const std::vector<Duration>& ladder,
                        std::vector<collectors::WantedSignal>& wanted) {
  std::map<std::string, std::set<Duration>> lengths;
  std::set<Duration> used;
  for (const rules::Trigger& trigger : decision.triggers) {
    const Duration length = rules::slot_length(trigger.window, ladder);
    used.insert(length);
    for (const rules::Condition* c :
         {&trigger.when, trigger.provided ? &*trigger.provided : nullptr}) {
      if (c == nullptr) continue;
      for (const std::string& signal : c->signals()) lengths[signal].insert(length);
      for (const std::string& signal : c->baselines()) lengths[signal].insert(length);
    }
  }
  if (used.empty()) used.insert(ladder.front());
  for (const auto& [signal, budget] : decision.envelope) {
    if (!lengths.contains(signal)) lengths[signal] = used;
  }
  // What an assessment weighs; slow things, so the longest slots will do.
  for (const std::string_view signal : rules::kFootprintSignals) {
    if (!lengths.contains(std::string(signal))) lengths[std::string(signal)] = {*used.rbegin()};
  }
  // What may explain a trip is looked at even where no condition asks.
  for (const std::string_view signal : {rules::kVersionSignal, rules::kLoadSignal}) {
    lengths[std::string(signal)].insert(used.begin(), used.end());
  }
  for (auto& [signal, at] : lengths) {
    if (auto spec = decision.signals.share(signal))
      wanted.push_back({decision.service, std::move(spec), std::move(at)});
  }
}

}  // namespace revisitd::daemon
