#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/slot_collector.h"
#include "daemon/config.h"
#include "rules/slot.h"

namespace revisitd::daemon {

// What services say they run in. Each language has a series that says so (go_info, python_info,
// what `running:` in the configuration adds), which is gathered like a signal at the shortest slot
// length and taken out of the reading before anybody judges it.
class RunningServices {
 public:
  // How long what a service said counts after it says nothing more.
  static constexpr Duration kValidity = std::chrono::hours(24);

  struct Language {
    std::string
        version;  // of several instances all, joined with ", "; "" if only the language is known
    TimePoint seen{};
  };
  using Signals = std::vector<std::shared_ptr<const rules::SignalSpec>>;
  using Languages = std::map<std::string, Language, std::less<>>;

  // What has to be gathered for every service, by name.
  static Signals signals(const RunningConfig& config);
  static void want(const std::string& service, const Signals& signals, Duration length,
                   std::vector<collectors::WantedSignal>& wanted);
  // Takes its part out of the reading. True when some service runs something else than before.
  bool take(rules::SlotReading& reading);
  // Languages that the service was seen in lately; empty when it is not known.
  [[nodiscard]] Languages of(std::string_view service, TimePoint now) const;

 private:
  std::map<std::string, Languages, std::less<>> services_;
};

}  // namespace revisitd::daemon
