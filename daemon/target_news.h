#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "collectors/target_status.h"

namespace revisitd::daemon {

// Tells of targets once when they begin to fail, and once when they are back, however long it
// takes. Of many at once a few are named and the others counted.
class TargetNews {
 public:
  static constexpr std::size_t kNamed = 10;  // of a look, of either kind

  struct Kind {
    std::vector<collectors::TargetStatus> named;
    std::size_t more = 0;
  };
  struct News {
    Kind failing, back;
  };
  // `all`: every target as it stands. One that was never seen before and is up is no news.
  News look(const std::vector<collectors::TargetStatus>& all);

 private:
  std::set<std::string> failing_;  // by what a target is known by
};

}  // namespace revisitd::daemon
