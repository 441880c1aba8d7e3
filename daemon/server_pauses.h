#pragma once

#include <map>
#include <optional>
#include <string>

#include "rules/time.h"

namespace revisitd::daemon {

// Which servers are left alone after failures that may pass: for 5 s, then twice as long each time
// up to 5 min, until one answers.
class ServerPauses {
 public:
  void failed(const std::string& server, const std::string& why, TimePoint now);
  void answered(const std::string& server) { pauses_.erase(server); }
  // When the server may be asked again; the epoch when it need not be waited for. A clock that was
  // set back since ends the pause.
  [[nodiscard]] TimePoint resume(const std::string& server, TimePoint now) const;
  // Why it is left alone, "" when it is not.
  [[nodiscard]] const std::string& problem(const std::string& server) const;

 private:
  struct Pause {
    TimePoint resume{};
    Duration length{};
    std::string problem;
  };
  std::map<std::string, Pause> pauses_;
};

}  // namespace revisitd::daemon
