#include "rules/snapshot.h"

namespace revisitd::rules {
namespace {

// The first answer of the lengths at which a signal is known, the shortest first.
template <class Signals, class Ask>
std::optional<MeanValue> shortest(const Signals& signals, std::string_view signal, Ask ask) {
  for (auto at = signals.lower_bound(std::pair(signal, Duration{}));
       at != signals.end() && at->first.first == signal; ++at) {
    if (const auto value = ask(at->second, at->first.second)) return value;
  }
  return std::nullopt;
}

}  // namespace

void Snapshot::run_in(std::string_view other) {
  if (language == other) return;
  // Where it was not known, it is what ran all the time.
  if (!language.empty()) {
    for (auto& [key, means] : signals) means.forget_recent();
  }
  language = other;
}

std::optional<MeanValue> Snapshot::then(std::string_view signal) const {
  return shortest(signals, signal,
                  [](const SignalMeans& means, Duration length) { return means.first(length); });
}

std::optional<MeanValue> Snapshot::now(std::string_view signal, TimePoint at) const {
  return shortest(signals, signal, [at](const SignalMeans& means, Duration length) {
    return means.recent(length, at);
  });
}

}  // namespace revisitd::rules
