#include "daemon/target_news.h"

#include <utility>

namespace revisitd::daemon {

TargetNews::News TargetNews::look(const std::vector<collectors::TargetStatus>& all) {
  News news;
  std::set<std::string> now;
  for (const collectors::TargetStatus& target : all) {
    std::string key = target.kind + '\n' + target.job + '\n' + target.url + '\n' + target.service;
    const bool failed = failing_.contains(key);
    const bool fails = target.health == "down" || (failed && target.health != "up");
    if (fails) now.insert(std::move(key));
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
