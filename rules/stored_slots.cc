#include "rules/stored_slots.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace revisitd::rules {
namespace {

// One signal's values, read forwards.
struct Reader {
  std::string signal;
  const SlotHistory::Values* values = nullptr;
  std::size_t next = 0;

  const SlotValue* at(std::int64_t index) {
    while (next < values->size() && (*values)[next].first < index) ++next;
    return next < values->size() && (*values)[next].first == index ? &(*values)[next].second
                                                                   : nullptr;
  }
};

}  // namespace

SlotState state_of(Truth provided, Truth when) {
  if (provided == Truth::no) return SlotState::idle;
  if (provided == Truth::unknown || when == Truth::unknown) return SlotState::blind;
  return when == Truth::yes ? SlotState::breach : SlotState::ok;
}

void for_stored_slots(const Engine& engine, const DecisionState& state, const Trigger& trigger,
                      const SlotHistory& history, std::int64_t first, std::int64_t last,
                      const std::function<void(std::int64_t, const SlotInputs&)>& see) {
  const Decision& decision = *state.decision;
  const Duration length = state.triggers.find(trigger.name)->second.length;
  SignalHistory past;
  ServiceHistory& own = past[decision.service];
  std::vector<Reader> readers;
  std::set<SlotHistory::Key> windowed;
  for (const Condition* c : {&trigger.when, trigger.provided ? &*trigger.provided : nullptr}) {
    if (c == nullptr) continue;
    for (const std::string& signal : c->signals()) {
      const auto found = history.values.find({decision.service, signal, length});
      const bool known = std::any_of(readers.begin(), readers.end(),
                                     [&](const Reader& r) { return r.signal == signal; });
      if (found != history.values.end() && !known) readers.push_back({signal, &found->second});
    }
    for (const WindowUse& use : c->windows()) {
      const SlotHistory::Key key{decision.service, use.signal, length};
      own.keep(use, length, 1);
      windowed.insert(key);
    }
  }
  // Windowed functions look at what came before each slot, so values are added as time passes.
  std::vector<std::pair<SlotHistory::Key, Reader>> feeds;
  for (const SlotHistory::Key& key : windowed) {
    const auto found = history.values.find(key);
    if (found != history.values.end()) feeds.push_back({key, {key.signal, &found->second}});
  }
  const FleetFacts& fleet = engine.fleet();
  for (std::int64_t index = first; index < last; ++index) {
    for (auto& [key, feed] : feeds) {
      for (; feed.next < feed.values->size() && (*feed.values)[feed.next].first <= index;
           ++feed.next) {
        const auto& [slot, value] = (*feed.values)[feed.next];
        own.add(key.signal, length, slot, value);
      }
    }
    const SlotInputs::Lookup lookup = [&](std::string_view signal) -> const SlotValue* {
      for (Reader& reader : readers) {
        if (reader.signal == signal) return reader.at(index);
      }
      return nullptr;
    };
    const SlotInputs::Slot place{decision, length, index,         engine.rosters(),
                                 past,     fleet,  state.snapshot};
    see(index, SlotInputs(place, lookup));
  }
}

}  // namespace revisitd::rules
