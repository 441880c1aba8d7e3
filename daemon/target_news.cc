#include "daemon/target_news.h"

#include <utility>

namespace revisitd::daemon {

TargetNews::News TargetNews::look(const std::vector<collectors::TargetStatus>& all) {
  News news;
  std::map<std::string, bool> now;
  for (const collectors::TargetStatus& target : all) {
    const std::string key =
        target.kind + '\n' + target.job + '\n' + target.url + '\n' + target.service;
    const auto known = failing_.find(key);
    const bool failed = known != failing_.end() && known->second;
    const bool fails = target.health == "down" || (failed && target.health != "up");
    now[key] = fails;
    if (fails == failed) continue;
    Kind& kind = fails ? news.failing : news.back;
    if (kind.named.size() < kNamed) {
      kind.named.push_back(target);
    } else {
      ++kind.more;
    }
  }
  failing_ = std::move(now);
  return news;
}

}  // namespace revisitd::daemon
