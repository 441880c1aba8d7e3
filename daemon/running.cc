#include "daemon/running.h"

#include <algorithm>

namespace revisitd::daemon {
namespace {

constexpr Duration kSameTime = std::chrono::minutes(10);  // apart and still one state of things
constexpr std::string_view kPrefix = "running:";          // no signal may be called so

}  // namespace

RunningServices::Signals RunningServices::signals(const RunningConfig& config) {
  Signals signals;
  for (const auto& [language, spec] : config.languages) {
    const auto signal = std::make_shared<rules::SignalSpec>(spec);
    signal->name = std::string(kPrefix) + language;
    signals.push_back(signal);
  }
  return signals;
}

void RunningServices::want(const std::string& service, const Signals& signals, Duration length,
                           std::vector<collectors::WantedSignal>& wanted) {
  for (const auto& spec : signals) wanted.push_back({service, spec, {length}});
}

bool RunningServices::take(rules::SlotReading& reading) {
  bool changed = false;
  const TimePoint end = reading.start + reading.length;
  for (rules::ServiceReading& service : reading.services) {
    std::erase_if(service.signals, [&](const rules::SignalReading& signal) {
      if (!signal.signal.starts_with(kPrefix)) return false;
      if (!signal.value || signal.value->value <= 0) return true;
      Language& known = services_[service.service][signal.signal.substr(kPrefix.size())];
      changed = changed || known.seen == TimePoint{} || known.version != signal.text;
      known = {signal.text, std::max(known.seen, end)};
      return true;
    });
  }
  std::erase_if(reading.services,
                [](const rules::ServiceReading& s) { return s.signals.empty() && !s.version; });
  return changed;
}

RunningServices::Languages RunningServices::of(std::string_view service, TimePoint now) const {
  Languages languages;
  const auto found = services_.find(service);
  if (found == services_.end()) return languages;
  // What another language was replaced by lately is not what runs: only the newest slots count.
  TimePoint newest{};
  for (const auto& [language, known] : found->second) newest = std::max(newest, known.seen);
  if (now - newest >= kValidity) return languages;
  for (const auto& [language, known] : found->second) {
    if (newest - known.seen < kSameTime) languages.emplace(language, known);
  }
  return languages;
}

}  // namespace revisitd::daemon
