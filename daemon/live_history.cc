#include "daemon/live_history.h"

#include <algorithm>
#include <tuple>

namespace revisitd::daemon {
namespace {

using boost::asio::awaitable;

// One query at one slot length, and whose slots are wanted of its answers.
struct Asking {
  rules::SignalSpec spec;
  Duration length{};
  std::int64_t first = 0, last = 0;
  std::vector<const rules::HistoryNeed*> needs;
};

using QueryKey = std::tuple<std::string, std::string, bool, Duration>;

// The declaration of the signal that a decision asks for; nullptr when there is none.
const rules::SignalSpec* spec_of(const rules::Engine& engine, const rules::HistoryNeed& need) {
  const auto state = engine.decisions().find(need.key.service);
  if (state == engine.decisions().end() || !state->second.decision) return nullptr;
  const rules::SignalTable& signals = state->second.decision->signals;
  const auto spec = signals.find(need.key.signal);
  return spec == signals.end() ? nullptr : &spec->second;
}

void keep(const collectors::SlotHistoryAnswer& answer, const Asking& asking,
          rules::SlotHistory& history) {
  for (const rules::HistoryNeed* need : asking.needs) {
    const auto service = answer.find(need->key.service);
    if (service == answer.end()) continue;
    rules::SlotHistory::Values& values = history.values[need->key];
    for (const auto& [index, value] : service->second) {
      if (value.value && index >= need->first && index < need->last)
        values.emplace_back(index, rules::SlotValue::exact(*value.value));
    }
  }
}

}  // namespace

awaitable<LiveHistory> fetch_history(
    const std::map<std::string, std::unique_ptr<collectors::PromqlSource>>& sources,
    const rules::Engine& engine, std::vector<rules::HistoryNeed> needs, Duration piece) {
  LiveHistory live;
  std::map<QueryKey, Asking> askings;
  for (const rules::HistoryNeed& need : needs) {
    const rules::SignalSpec* spec = spec_of(engine, need);
    if (spec == nullptr || spec->reduction != rules::Reduction::query ||
        !sources.contains(spec->from)) {
      live.unasked.emplace(need.key.service, need.key.signal);
      continue;
    }
    const QueryKey key{spec->from, spec->query, spec->allow_partial, need.key.length};
    Asking& asking =
        askings.try_emplace(key, Asking{*spec, need.key.length, need.first, need.last, {}})
            .first->second;
    asking.first = std::min(asking.first, need.first);
    asking.last = std::max(asking.last, need.last);
    asking.needs.push_back(&need);
  }
  std::set<std::pair<std::string, std::string>> failed;  // server, signal
  for (const auto& [key, asking] : askings) {
    const std::int64_t step = std::max<std::int64_t>(1, piece / asking.length);
    // Pieces come oldest first, so that values stay in order.
    for (std::int64_t first = asking.first; first < asking.last; first += step) {
      const auto answer =
          co_await sources.at(asking.spec.from)
              ->fetch_range(asking.spec, asking.length, first, std::min(asking.last, first + step));
      if (answer) {
        keep(*answer, asking, live.history);
        continue;
      }
      // Said once, not for every slot length.
      if (failed.emplace(asking.spec.from, asking.spec.name).second) {
        live.problems.push_back("server `" + asking.spec.from + "` cannot be asked for signal `" +
                                asking.spec.name + "`: " + answer.error().message);
      }
      for (const rules::HistoryNeed* need : asking.needs)
        live.unasked.emplace(need->key.service, need->key.signal);
      break;
    }
  }
  co_return live;
}

}  // namespace revisitd::daemon
