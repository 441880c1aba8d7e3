#include "daemon/wanted_signals.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <string_view>
#include <utility>

#include "rules/assessment.h"
#include "rules/engine.h"

namespace revisitd::daemon {
namespace {

using collectors::SlotLengths;

// The lengths by signal; a decision has few of them.
class LengthsBySignal {
 public:
  using Entry = std::pair<std::string_view, SlotLengths>;

  // Those of a signal; none for a new one.
  SlotLengths& of(std::string_view signal) {
    const auto found = find(signal);
    return found != entries_.end() ? found->second
                                   : entries_.emplace_back(signal, SlotLengths()).second;
  }
  // For a signal that has none yet.
  void add(std::string_view signal, const SlotLengths& lengths) {
    if (find(signal) == entries_.end()) entries_.emplace_back(signal, lengths);
  }
  // By name.
  boost::container::small_vector<Entry, 16>& sorted() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.first < b.first; });
    return entries_;
  }

 private:
  boost::container::small_vector<Entry, 16>::iterator find(std::string_view signal) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [signal](const Entry& entry) { return entry.first == signal; });
  }

  boost::container::small_vector<Entry, 16> entries_;
};

}  // namespace

void add_wanted_signals(const rules::Decision& decision, const std::vector<Duration>& ladder,
                        std::vector<collectors::WantedSignal>& wanted) {
  LengthsBySignal lengths;
  SlotLengths used;
  for (const rules::Trigger& trigger : decision.triggers) {
    const Duration length = rules::slot_length(trigger.window, ladder);
    used.insert(length);
    for (const rules::Condition* c :
         {&trigger.when, trigger.provided ? &*trigger.provided : nullptr}) {
      if (c == nullptr) continue;
      for (const std::string& signal : c->signals()) lengths.of(signal).insert(length);
      for (const std::string& signal : c->baselines()) lengths.of(signal).insert(length);
    }
  }
  if (used.empty()) used.insert(ladder.front());
  for (const auto& [signal, budget] : decision.envelope) lengths.add(signal, used);
  // What an assessment weighs; slow things, so the longest slots will do.
  for (const std::string_view signal : rules::kFootprintSignals)
    lengths.add(signal, {*used.rbegin()});
  // What may explain a trip is looked at even where no condition asks.
  for (const std::string_view signal : {rules::kVersionSignal, rules::kLoadSignal})
    lengths.of(signal).insert(used.begin(), used.end());
  for (auto& [signal, at] : lengths.sorted()) {
    if (auto spec = decision.signals.share(signal))
      wanted.push_back({decision.service, std::move(spec), std::move(at)});
  }
}

}  // namespace revisitd::daemon
