#include "daemon/web/explain_service.h"

#include "daemon/web/fleet.h"

namespace revisitd::daemon::web {

using boost::asio::awaitable;

awaitable<std::vector<rules::Explanation>> explain_service(AppView& app, std::string service,
                                                           std::string trigger) {
  std::vector<rules::Explanation> explanations;
  std::vector<std::string> names;
  if (const rules::DecisionState* state = find_decision(app.engine(), service)) {
    for (const rules::Trigger& t : state->decision->triggers) {
      if (trigger.empty() || t.name == trigger) names.push_back(t.name);
    }
  }
  // The decision is looked up anew after every wait: it may have gone or changed.
  const auto find = [&](const std::string& name)
      -> std::pair<const rules::DecisionState*, const rules::Trigger*> {
    const rules::DecisionState* state = find_decision(app.engine(), service);
    const rules::Trigger* t = state == nullptr ? nullptr : find_trigger(*state->decision, name);
    if (t == nullptr || !state->triggers.contains(name)) return {nullptr, nullptr};
    return {state, t};
  };
  for (const std::string& name : names) {
    const auto [before, asked] = find(name);
    if (asked == nullptr) continue;
    const rules::SlotHistory history = co_await app.history(rules::explain_needs(*before, *asked));
    const auto [state, now] = find(name);
    if (now == nullptr) continue;
    const Duration length = state->triggers.find(name)->second.length;
    const auto absence = [&](const std::string& signal, std::int64_t index) {
      return app.absence(service, signal, length, index);
    };
    explanations.push_back(rules::explain(app.engine(), *state, *now, history, absence));
  }
  co_return explanations;
}

}  // namespace revisitd::daemon::web
