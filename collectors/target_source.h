#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collectors/target_group.h"
#include "rules/result.h"
#include "rules/time.h"

namespace revisitd::collectors {

enum class DiscoveryMechanism { file, http, kubernetes, cgroup };

// One way to find the targets of a job, asked again and again. Whatever fails, the last good groups
// stay. All on the network thread.
class TargetSource {
 public:
  virtual ~TargetSource() = default;

  [[nodiscard]] virtual DiscoveryMechanism mechanism() const = 0;
  // Where it looks, for people; without credentials. The same text after a reload is the same
  // source.
  [[nodiscard]] virtual std::string where() const = 0;
  // How long after a round the next one begins.
  [[nodiscard]] virtual Duration pause(bool failed) const = 0;

  // A round that waits for nobody; nothing where that cannot be.
  virtual std::optional<Status> at_once() { return std::nullopt; }
  // One round, however long it takes; meanwhile it may tell of changes as they come.
  virtual boost::asio::awaitable<Status> refresh(std::function<void()> changed) = 0;

  // What is there as far as is known.
  [[nodiscard]] virtual std::vector<TargetGroup> groups() const = 0;
  // Directories in which changes are worth a round.
  [[nodiscard]] virtual std::vector<std::string> directories() const { return {}; }
};

}  // namespace revisitd::collectors
