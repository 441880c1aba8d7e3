#include "daemon/absences.h"

#include <algorithm>

namespace revisitd::daemon {

using rules::Absence;

void AbsenceLog::add(Runs& runs, std::int64_t index, Absence absence) {
  if (!runs.empty() && runs.back().absence == absence && index <= runs.back().last + 1 &&
      index >= runs.back().first) {
    runs.back().last = std::max(runs.back().last, index);
    return;
  }
  if (runs.size() == kRuns) runs.erase(runs.begin());
  runs.push_back({index, index, absence});
}

std::optional<Absence> AbsenceLog::find(const Runs& runs, std::int64_t index) {
  const auto found = std::find_if(runs.rbegin(), runs.rend(), [index](const Run& run) {
    return run.first <= index && index <= run.last;
  });
  return found == runs.rend() ? std::nullopt : std::optional(found->absence);
}

void AbsenceLog::note(const rules::SlotReading& reading) {
  const std::int64_t index = slot_index(reading.start, reading.length);
  if (reading.backfilled) add(missed_[reading.length], index, Absence::down);
  for (const rules::ServiceReading& service : reading.services) {
    for (const rules::SignalReading& signal : service.signals) {
      if (signal.value) continue;
      const std::pair key(std::string_view(signal.signal), reading.length);
      auto of_signal = signals_.find(key);
      if (of_signal == signals_.end())
        of_signal = signals_.try_emplace({signal.signal, reading.length}).first;
      add(of_signal->second[service.service], index, signal.absence);
    }
  }
}

std::optional<Absence> AbsenceLog::find(const std::string& service, const std::string& signal,
                                        Duration length, std::int64_t index) const {
  if (const auto known = signals_.find(std::pair(std::string_view(signal), length));
      known != signals_.end()) {
    const auto own = known->second.find(service);
    if (own != known->second.end()) {
      if (const auto absence = find(own->second, index)) return absence;
    }
  }
  const auto missed = missed_.find(length);
  return missed == missed_.end() ? std::nullopt : find(missed->second, index);
}

void AbsenceLog::keep_only(const std::vector<std::string>& services) {
  for (auto& [signal, of_services] : signals_) {
    std::erase_if(of_services, [&](const auto& entry) {
      return !std::binary_search(services.begin(), services.end(), entry.first);
    });
  }
  std::erase_if(signals_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace revisitd::daemon
