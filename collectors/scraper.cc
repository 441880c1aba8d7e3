#include "collectors/scraper.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "collectors/prefetch.h"
#include "collectors/scrape_flights.h"
#include "collectors/scrape_grid.h"

namespace revisitd::collectors {
namespace {

using boost::asio::awaitable;
using Clock = std::chrono::steady_clock;
using SteadyTime = Clock::time_point;
using Target = ScrapedTarget;

struct Tick {
  std::shared_ptr<Target> target;
  std::uint64_t schedule = 0;
};

// Of a request about so much is looked at when it is sent.
constexpr std::size_t kRequestBytes = 256;

// Ticks so close together are one.
constexpr Duration kTogether = std::chrono::milliseconds(2);

class TheScraper final : public Scraper {
 public:
  TheScraper(boost::asio::any_io_executor executor, RepeatingClient& client,
             ScrapeConsumer& consumer, ScraperOptions options, std::function<TimePoint()> now)
      : executor_(std::move(executor)),
        consumer_(consumer),
        options_(options),
        now_(std::move(now)),
        timer_(executor_),
        flights_(client, consumer, options.young, now_, counters_, [this] { landed(); }) {}

  void start() override {
    running_ = true;
    for (const auto& [identity, target] : targets_) schedule(target);
    boost::asio::co_spawn(executor_, run(), [this](const std::exception_ptr& broken) {
      running_ = false;
      tell_waiters();
      // A daemon that scrapes nothing any more must not go on as if it did.
      if (broken && !stopping_) std::rethrow_exception(broken);
    });
  }

  void apply(std::vector<ScrapeTargetSpec> specs) override {
    grid_ = scrape_grid(specs);
    std::unordered_map<std::uint64_t, std::shared_ptr<Target>> next;
    for (ScrapeTargetSpec& spec : specs) {
      const std::uint64_t identity = spec.identity();
      if (next.contains(identity)) continue;
      const auto old = targets_.find(identity);
      next[identity] = old != targets_.end() ? keep(old->second, std::move(spec))
                                             : add(identity, std::move(spec));
    }
    for (const auto& [identity, target] : targets_) {
      if (next.contains(identity)) continue;
      target->gone = true;
      consumer_.scrape_failed(*target->spec, identity, now_());
    }
    targets_ = std::move(next);
    ++turns_;
    counters_.targets = targets_.size();
    timer_.cancel();
  }

  void refresh_interests() override { flights_.refresh_interests(); }

  awaitable<void> settle(TimePoint until, Duration patience) override {
    const SteadyTime deadline = Clock::now() + patience;
    while (Clock::now() < deadline && flights_.any_since(until)) co_await next_landing(deadline);
  }

  awaitable<void> stop(Duration grace) override {
    stopping_ = true;
    flights_.hush();
    timer_.cancel();
    const SteadyTime deadline = Clock::now() + grace;
    while (Clock::now() < deadline && !flights_.empty()) co_await next_landing(deadline);
    flights_.cancel_all();
    while (!flights_.empty() || running_) co_await next_landing(SteadyTime::max());
  }

  std::vector<TargetStatus> status() const override {
    std::vector<TargetStatus> all;
    all.reserve(targets_.size());
    for (const auto& [identity, target] : targets_) all.push_back(target->status());
    std::sort(all.begin(), all.end(), [](const TargetStatus& a, const TargetStatus& b) {
      return std::tie(a.job, a.url, a.labels) < std::tie(b.job, b.url, b.labels);
    });
    return all;
  }

  std::uint64_t turns() const override { return turns_ + flights_.turns(); }

  const ScraperCounters& counters() const override { return counters_; }

  std::set<std::string, std::less<>> services() const override {
    std::set<std::string, std::less<>> services;
    for (const auto& [identity, target] : targets_) services.insert(target->spec->service());
    return services;
  }

 private:
  std::shared_ptr<Target> add(std::uint64_t identity, ScrapeTargetSpec spec) {
    auto target = std::make_shared<Target>(identity, std::move(spec));
    schedule(target);
    return target;
  }

  std::shared_ptr<Target> keep(const std::shared_ptr<Target>& target, ScrapeTargetSpec spec) {
    if (spec == *target->spec) return target;
    const bool rescheduled = spec.scrape_interval() != target->spec->scrape_interval();
    target->change(std::move(spec));
    if (rescheduled) schedule(target);
    return target;
  }

  // The first tick: the next wall-clock time whose remainder by the interval is the target's own.
  // None is late because the targets were known before we started.
  void schedule(const std::shared_ptr<Target>& target) {
    if (!running_) return;
    const std::int64_t interval =
        std::max<std::int64_t>(target->spec->scrape_interval().count(), 1);
    const Duration phase = scrape_phase(target->identity, Duration{interval}, grid_);
    std::int64_t wait = (phase.count() - to_millis(now_())) % interval;
    if (wait < 0) wait += interval;
    const auto now = std::chrono::floor<Duration>(Clock::now());  // so that dues meet
    ticks_[now + Duration{wait}].push_back({target, ++target->schedule});
  }

  awaitable<void> run() {
    while (!stopping_) {
      start_due(Clock::now());
      crowded_ = !has_place();
      timer_.expires_at(next_wake());
      boost::system::error_code ignored;
      co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }
  }

  void start_due(SteadyTime now) {
    flights_.let_age(now);
    while (!ticks_.empty() && ticks_.begin()->first <= now + kTogether && has_place()) {
      const auto first = ticks_.begin();
      std::vector<Tick>& due = first->second;
      std::size_t begun = 0;
      while (begun < due.size() && has_place()) {
        fetch_ahead(due, begun);
        begin_tick(first->first, due[begun++], due.size(), now);
      }
      due.erase(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(begun));
      if (due.empty()) ticks_.erase(first);
    }
  }

  // What the next two ticks will look at.
  static void fetch_ahead(const std::vector<Tick>& due, std::size_t at) {
    if (at + 2 < due.size()) prefetch(due[at + 2].target.get(), sizeof(Target));
    if (at + 1 >= due.size()) return;
    const Target& next = *due[at + 1].target;
    prefetch(next.spec.get(), sizeof(ScrapeTargetSpec));
    prefetch(next.stage.get(), sizeof(PageStage));
    prefetch(next.request.get(), kRequestBytes);
  }

  // `together`: how many ticks are due with it, which mostly stay together.
  void begin_tick(SteadyTime due, Tick& tick, std::size_t together, SteadyTime now) {
    if (tick.target->gone || tick.schedule != tick.target->schedule) return;
    counters_.worst_lateness =
        std::max(counters_.worst_lateness, std::chrono::duration_cast<Duration>(now - due));
    std::vector<Tick>& next = ticks_[next_due(due, tick.target->spec->scrape_interval(), now)];
    if (next.empty()) next.reserve(together);
    const std::shared_ptr<Target>& target = next.emplace_back(std::move(tick)).target;
    if (target->flight != nullptr) {
      ++counters_.missed_ticks;
    } else if (now < target->held_until) {
      ++counters_.held_ticks;
    } else {
      flights_.launch(target, now);
    }
  }

  SteadyTime next_due(SteadyTime due, Duration interval, SteadyTime now) {
    interval = std::max(interval, Duration{1});
    due += interval;
    if (due <= now) {
      const auto skipped = (now - due) / interval + 1;
      counters_.missed_ticks += static_cast<std::uint64_t>(skipped);
      due += interval * skipped;
    }
    return due;
  }

  bool has_place() const {
    return flights_.young() < options_.concurrency && counters_.in_flight < options_.max_in_flight;
  }

  SteadyTime next_wake() const {
    if (ticks_.empty() || counters_.in_flight >= options_.max_in_flight) return SteadyTime::max();
    if (has_place() || flights_.young() == 0) return ticks_.begin()->first;
    return std::max(ticks_.begin()->first, flights_.next_aging());
  }

  void landed() {
    tell_waiters();
    if (crowded_) timer_.cancel();
  }

  void tell_waiters() {
    for (const auto& waiter : waiters_) waiter->cancel();
    waiters_.clear();
  }

  // Until a scrape ends, or the deadline.
  awaitable<void> next_landing(SteadyTime deadline) {
    const auto limit = std::make_shared<boost::asio::steady_timer>(executor_, deadline);
    waiters_.push_back(limit);
    boost::system::error_code ignored;
    co_await limit->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    std::erase(waiters_, limit);
  }

  boost::asio::any_io_executor executor_;
  ScrapeConsumer& consumer_;
  ScraperOptions options_;
  std::function<TimePoint()> now_;
  boost::asio::steady_timer timer_;

  std::unordered_map<std::uint64_t, std::shared_ptr<Target>> targets_;
  std::map<SteadyTime, std::vector<Tick>> ticks_;  // by when they are due
  std::uint64_t turns_ = 0;                        // targets that came or went
  Duration grid_{1};
  std::vector<std::shared_ptr<boost::asio::steady_timer>> waiters_;
  bool crowded_ = false;  // the loop sleeps until a scrape lands, too
  bool running_ = false;
  bool stopping_ = false;
  ScraperCounters counters_;
  Flights flights_;
};

}  // namespace

std::unique_ptr<Scraper> make_scraper(boost::asio::any_io_executor executor,
                                      RepeatingClient& client, ScrapeConsumer& consumer,
                                      ScraperOptions options, std::function<TimePoint()> now) {
  return std::make_unique<TheScraper>(std::move(executor), client, consumer, options,
                                      std::move(now));
}

}  // namespace revisitd::collectors
