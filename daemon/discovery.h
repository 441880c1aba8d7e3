#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "collectors/file_watch.h"
#include "collectors/target_source.h"
#include "collectors/target_status.h"
#include "daemon/metrics.h"
#include "daemon/static_targets.h"

namespace revisitd::daemon {

// What a job's targets are made of.
struct TargetJob {
  std::shared_ptr<const collectors::ScrapeJob> job;
  SharedStaticTargets fixed;  // static_configs
  std::vector<std::shared_ptr<collectors::TargetSource>> sources;
  std::vector<collectors::RelabelRule> relabel;
  std::size_t target_limit = 0;  // 0 = none; a job with more of them has none

  // The fixed ones as groups, which take several times the memory.
  [[nodiscard]] std::vector<collectors::TargetGroup> fixed_groups() const;
};

struct DiscoveryEnvironment {
  boost::asio::any_io_executor executor;
  std::function<TimePoint()> now;
  std::function<void()> changed;  // targets() may say something else now; not more than 5 a second
  // A source has begun to fail, fails in another way, or (with an empty `why`) works again.
  std::function<void(const std::string& job, const std::string& where, const std::string& why)>
      told;
};

// Finds the targets of all jobs of one configuration, and goes on looking while it lives. A new
// configuration gets a new one, which takes over what the old one had found where the source is the
// same, so that no target is lost between two rounds. On the network thread.
class Discovery : public std::enable_shared_from_this<Discovery> {
 public:
  Discovery(DiscoveryEnvironment environment, std::vector<TargetJob> jobs);
  ~Discovery();
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  // Looks at once where that takes no waiting, then goes on in loops of its own.
  void start(const Discovery* before);
  // Ends the loops; nobody is told of anything any more.
  void stop();

  [[nodiscard]] std::vector<collectors::ScrapeTargetSpec> targets();
  // One per source, and one per job of which targets are refused; of kind "discovery".
  [[nodiscard]] std::vector<collectors::TargetStatus> status() const;
  [[nodiscard]] DiscoveryFigures figures() const { return figures_; }

 private:
  struct Source;
  struct Job;

  void take(Source& source, const Status& outcome);
  void adopt(Source& source);
  void tell_soon();
  static boost::asio::awaitable<void> look(std::shared_ptr<Discovery> self, Source* source);
  static boost::asio::awaitable<void> tell(std::shared_ptr<Discovery> self);
  static boost::asio::awaitable<void> follow_hints(std::shared_ptr<Discovery> self);

  DiscoveryEnvironment environment_;
  std::vector<Job> jobs_;
  std::list<Source> sources_;
  collectors::FileWatch watch_;
  boost::asio::steady_timer tell_timer_;
  bool telling_ = false;
  std::function<void()> stop_hints_;
  bool stopped_ = false;
  DiscoveryFigures figures_;
};

}  // namespace revisitd::daemon
