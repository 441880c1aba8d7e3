#include "daemon/server_pauses.h"

#include <algorithm>

namespace revisitd::daemon {
namespace {

constexpr Duration kFirstPause = std::chrono::seconds(5);
constexpr Duration kLongestPause = std::chrono::minutes(5);

}  // namespace

void ServerPauses::failed(const std::string& server, const std::string& why, TimePoint now) {
  Pause& pause = pauses_[server];
  pause.length =
      pause.length == Duration{} ? kFirstPause : std::min(pause.length * 2, kLongestPause);
  pause.resume = now + pause.length;
  pause.problem = why;
}

TimePoint ServerPauses::resume(const std::string& server, TimePoint now) const {
  const auto known = pauses_.find(server);
  if (known == pauses_.end() || known->second.resume - now > known->second.length) return {};
  return known->second.resume;
}

const std::string& ServerPauses::problem(const std::string& server) const {
  static const std::string kNone;
  const auto known = pauses_.find(server);
  return known == pauses_.end() ? kNone : known->second.problem;
}

}  // namespace revisitd::daemon
