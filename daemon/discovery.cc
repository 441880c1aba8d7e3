#include "daemon/discovery.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "daemon/loops.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using collectors::TargetStatus;

constexpr Duration kGather = std::chrono::milliseconds(200);
constexpr Duration kSoon = std::chrono::milliseconds(300);

std::size_t count_of(const std::vector<collectors::TargetGroup>& groups) {
  std::size_t count = 0;
  for (const auto& group : groups) count += group.targets.size();
  return count;
}

}  // namespace

std::vector<collectors::TargetGroup> TargetJob::fixed_groups() const {
  std::vector<collectors::TargetGroup> groups;
  if (fixed == nullptr) return groups;
  groups.reserve(fixed->size());
  for (const StaticTargets& one : *fixed) {
    collectors::TargetGroup& group = groups.emplace_back();
    for (const std::string& address : one.targets)
      group.targets.push_back({{"__address__", address}});
    group.labels.insert(one.labels.begin(), one.labels.end());
  }
  return groups;
}

struct Discovery::Source {
  Source(const asio::any_io_executor& executor, std::string job_name,
         std::shared_ptr<collectors::TargetSource> made)
      : job(std::move(job_name)), source(std::move(made)), timer(executor) {}

  std::string job;
  std::shared_ptr<collectors::TargetSource> source;
  std::vector<collectors::TargetGroup> groups;  // the last good ones
  asio::steady_timer timer;
  asio::cancellation_signal cancel;
  bool looked = false;  // with success
  std::string problem;
  std::optional<TimePoint> at;
  Duration took{};

  void take_over(const std::list<Source>& before) {
    for (const Source& old : before) {
      const bool same = old.job == job && old.source->where() == source->where() &&
                        old.source->mechanism() == source->mechanism();
      if (same) groups = old.groups;
    }
  }
};

struct Discovery::Job {
  TargetJob spec;
  std::vector<Source*> sources;
  std::string refusal;  // the first target that is refused, and how many more
};

Discovery::Discovery(DiscoveryEnvironment environment, std::vector<TargetJob> jobs)
    : environment_(std::move(environment)), tell_timer_(environment_.executor) {
  for (TargetJob& job : jobs) {
    Job& added = jobs_.emplace_back();
    for (const auto& source : job.sources) {
      added.sources.push_back(
          &sources_.emplace_back(environment_.executor, job.job->job_name, source));
    }
    added.spec = std::move(job);
  }
}

Discovery::~Discovery() = default;

void Discovery::start(const Discovery* before) {
  if (before != nullptr) {
    figures_.rounds = before->figures_.rounds;
    figures_.failures = before->figures_.failures;
  }
  std::vector<std::string> directories;
  for (Source& source : sources_) {
    if (before != nullptr) source.take_over(before->sources_);
    if (const auto outcome = source.source->at_once()) take(source, *outcome);
    for (std::string& directory : source.source->directories())
      directories.push_back(std::move(directory));
    asio::co_spawn(
        environment_.executor, look(shared_from_this(), &source),
        asio::bind_cancellation_slot(source.cancel.slot(),
                                     // The signal must outlive the loop it ends.
                                     [self = shared_from_this()](const std::exception_ptr&) {}));
  }
  if (directories.empty() || watch_.fd() < 0) return;
  watch_.watch(directories);
  asio::co_spawn(environment_.executor, follow_hints(shared_from_this()), asio::detached);
}

void Discovery::stop() {
  stopped_ = true;
  for (Source& source : sources_) {
    source.timer.cancel();
    source.cancel.emit(asio::cancellation_type::terminal);
  }
  tell_timer_.cancel();
  if (stop_hints_) stop_hints_();
}

void Discovery::take(Source& source, const Status& outcome) {
  const auto mechanism = static_cast<std::size_t>(source.source->mechanism());
  ++figures_.rounds[mechanism];
  if (!outcome) ++figures_.failures[mechanism];
  source.at = environment_.now();
  const std::string problem = outcome ? "" : outcome.error().message;
  if (problem != source.problem && environment_.told)
    environment_.told(source.job, source.source->where(), problem);
  source.problem = problem;
  if (outcome) source.looked = true;
  adopt(source);
}

void Discovery::adopt(Source& source) {
  std::vector<collectors::TargetGroup> groups = source.source->groups();
  // That a source has not found anything yet is no reason to forget what the one before it had.
  if (groups.empty() && !source.looked) return;
  if (groups == source.groups) return;
  source.groups = std::move(groups);
  tell_soon();
}

// Several changes at once are one.
void Discovery::tell_soon() {
  if (telling_ || stopped_) return;
  telling_ = true;
  asio::co_spawn(environment_.executor, tell(shared_from_this()), asio::detached);
}

asio::awaitable<void> Discovery::tell(std::shared_ptr<Discovery> self) {
  self->tell_timer_.expires_after(kGather);
  boost::system::error_code ignored;
  co_await self->tell_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  self->telling_ = false;
  if (!self->stopped_) self->environment_.changed();
}

asio::awaitable<void> Discovery::look(std::shared_ptr<Discovery> self, Source* source) {
  co_await asio::this_coro::throw_if_cancelled(false);
  bool first = source->at.has_value();  // start() has looked already
  while (!self->stopped_) {
    if (!std::exchange(first, false)) {
      const auto began = std::chrono::steady_clock::now();
      Status outcome = Error{"broke off"};
      try {
        outcome = co_await source->source->refresh([self, source] {
          source->looked = true;
          if (!self->stopped_) self->adopt(*source);
        });
      } catch (const std::exception& e) {
        outcome = Error{e.what()};
      }
      if (self->stopped_) co_return;
      source->took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
      try {
        self->take(*source, outcome);
      } catch (const std::exception& e) {
        source->problem = e.what();
      }
    }
    source->timer.expires_after(source->source->pause(!source->problem.empty()));
    boost::system::error_code ignored;
    co_await source->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

asio::awaitable<void> Discovery::follow_hints(std::shared_ptr<Discovery> self) {
  asio::posix::stream_descriptor hints(self->environment_.executor, self->watch_.fd());
  self->stop_hints_ = [&hints] { hints.cancel(); };
  while (!self->stopped_) {
    boost::system::error_code error;
    co_await hints.async_wait(asio::posix::stream_descriptor::wait_read,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error || self->stopped_) break;
    // Whoever writes files writes several; one look a moment later sees them all.
    const bool any = self->watch_.drain();
    co_await sleep_for(kSoon);
    if (!any || self->stopped_) continue;
    for (Source& source : self->sources_) {
      if (!source.source->directories().empty()) source.timer.cancel();
    }
  }
  self->stop_hints_ = {};
  hints.release();
}

std::vector<collectors::ScrapeTargetSpec> Discovery::targets() {
  std::vector<collectors::ScrapeTargetSpec> all;
  figures_.discovered = {};
  figures_.dropped = figures_.refused = 0;
  for (Job& job : jobs_) {
    std::vector<collectors::TargetGroup> groups = job.spec.fixed_groups();
    for (const Source* source : job.sources) {
      figures_.discovered[static_cast<std::size_t>(source->source->mechanism())] +=
          count_of(source->groups);
      groups.insert(groups.end(), source->groups.begin(), source->groups.end());
    }
    collectors::BuiltTargets built =
        collectors::build_targets(job.spec.job, groups, job.spec.relabel);
    const std::string& name = job.spec.job->job_name;
    std::string refusal;
    if (!built.refused.empty()) {
      const auto& first = built.refused.front();
      const auto address = first.labels.find("__address__");
      refusal = (address == first.labels.end() ? "" : address->second + ": ") + first.why;
      if (built.refused.size() > 1)
        refusal += "; and " + std::to_string(built.refused.size() - 1) + " more";
    }
    const std::size_t limit = job.spec.target_limit;
    if (limit > 0 && built.targets.size() > limit) {
      refusal = std::to_string(built.targets.size()) + " targets, more than target_limit allows";
      figures_.refused += built.targets.size();
      built.targets.clear();
    }
    figures_.dropped += built.dropped.size();
    figures_.refused += built.refused.size();
    if (refusal != job.refusal && environment_.told) environment_.told(name, "targets", refusal);
    job.refusal = std::move(refusal);
    std::move(built.targets.begin(), built.targets.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<TargetStatus> Discovery::status() const {
  std::vector<TargetStatus> all;
  for (const Job& job : jobs_) {
    for (const Source* source : job.sources) {
      TargetStatus& row = all.emplace_back();
      row.kind = "discovery";
      row.job = source->job;
      row.url = std::string(kMechanisms[static_cast<std::size_t>(source->source->mechanism())]) +
                ": " + source->source->where();
      row.health = !source->at ? "unknown" : source->problem.empty() ? "up" : "down";
      row.last_error = source->problem;
      row.last_scrape = source->at;
      row.last_duration = source->took;
      row.samples = count_of(source->groups);
      row.interval = source->source->pause(false);
    }
    if (job.refusal.empty()) continue;
    TargetStatus& row = all.emplace_back();
    row.kind = "discovery";
    row.job = job.spec.job->job_name;
    row.url = "targets";
    row.health = "down";
    row.last_error = job.refusal;
  }
  return all;
}

}  // namespace revisitd::daemon
