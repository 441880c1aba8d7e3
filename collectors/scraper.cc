#include "collectors/scraper.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <optional>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "collectors/retry_after.h"
#include "collectors/scrape_grid.h"
#include "collectors/scrape_page.h"
#include "collectors/scrape_request.h"

namespace revisitd::collectors {
namespace {

using boost::asio::awaitable;
using Clock = std::chrono::steady_clock;
using SteadyTime = Clock::time_point;

// A scrape under way.
struct Flight {
  SteadyTime began;
  TimePoint started;
  bool young = true;  // takes one of the places
  std::optional<ScrapePage> page;
  boost::asio::cancellation_signal cancel;
};

struct Target {
  std::shared_ptr<const ScrapeTargetSpec> spec;
  std::uint64_t identity = 0;
  std::uint64_t schedule = 0;  // ticks of an older schedule are void
  std::uint64_t routers = 0;   // the round of routers its stage was made for
  bool gone = false;
  std::shared_ptr<PageStage> stage;
  std::shared_ptr<Flight> flight;
  SteadyTime held_until;

  // What came of the last scrape.
  enum class Health : std::uint8_t { unknown, up, down } health = Health::unknown;
  std::uint32_t samples = 0;  // kept
  std::optional<TimePoint> scraped;
  Duration took{};
  std::string error;
};

const char* health_name(Target::Health health) {
  switch (health) {
    case Target::Health::unknown:
      return "unknown";
    case Target::Health::up:
      return "up";
    case Target::Health::down:
      return "down";
  }
  return "unknown";
}

TargetStatus status_of(const Target& target) {
  const ScrapeTargetSpec& spec = *target.spec;
  return {.kind = "scrape",
          .job = spec.job->job_name,
          .url = spec.url(),
          .service = spec.service(),
          .labels = {spec.labels.begin(), spec.labels.end()},
          .health = health_name(target.health),
          .last_error = target.error,
          .last_scrape = target.scraped,
          .last_duration = target.took,
          .samples = target.samples,
          .interval = spec.scrape_interval()};
}

struct Tick {
  SteadyTime due;
  std::shared_ptr<Target> target;
  std::uint64_t schedule = 0;

  friend bool operator>(const Tick& a, const Tick& b) { return a.due > b.due; }
};

// Room that is kept for the samples of scrapes to come: for as many as are young at once, but of
// what huge pages have grown only a little.
constexpr std::size_t kRooms = 64;
constexpr std::size_t kMostRoom = 256;  // samples of a signal; what has more is huge
constexpr std::size_t kHugeRooms = 4;

// Ticks so close together are one.
constexpr Duration kTogether = std::chrono::milliseconds(2);

class TheScraper final : public Scraper {
 public:
  TheScraper(boost::asio::any_io_executor executor, HttpClient& client, ScrapeConsumer& consumer,
             ScraperOptions options, std::function<TimePoint()> now)
      : executor_(std::move(executor)),
        client_(client),
        consumer_(consumer),
        options_(options),
        now_(std::move(now)),
        timer_(executor_) {}

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

  void refresh_routers() override { ++routers_; }

  awaitable<void> settle(TimePoint until, Duration patience) override {
    const SteadyTime deadline = Clock::now() + patience;
    while (Clock::now() < deadline && in_flight_since(until)) co_await next_landing(deadline);
  }

  awaitable<void> stop(Duration grace) override {
    stopping_ = true;
    timer_.cancel();
    const SteadyTime deadline = Clock::now() + grace;
    while (Clock::now() < deadline && !flights_.empty()) co_await next_landing(deadline);
    const auto left = flights_;
    for (const auto& flight : left) flight->cancel.emit(boost::asio::cancellation_type::terminal);
    while (!flights_.empty() || running_) co_await next_landing(SteadyTime::max());
  }

  std::vector<TargetStatus> status() const override {
    std::vector<TargetStatus> all;
    all.reserve(targets_.size());
    for (const auto& [identity, target] : targets_) all.push_back(status_of(*target));
    std::sort(all.begin(), all.end(), [](const TargetStatus& a, const TargetStatus& b) {
      return std::tie(a.job, a.url, a.labels) < std::tie(b.job, b.url, b.labels);
    });
    return all;
  }

  std::uint64_t turns() const override { return turns_; }

  const ScraperCounters& counters() const override { return counters_; }

  std::set<std::string, std::less<>> services() const override {
    std::set<std::string, std::less<>> services;
    for (const auto& [identity, target] : targets_) services.insert(target->spec->service());
    return services;
  }

 private:
  std::shared_ptr<Target> add(std::uint64_t identity, ScrapeTargetSpec spec) {
    auto target = std::make_shared<Target>();
    target->identity = identity;
    set_spec(*target, std::move(spec));
    schedule(target);
    return target;
  }

  std::shared_ptr<Target> keep(const std::shared_ptr<Target>& target, ScrapeTargetSpec spec) {
    if (spec == *target->spec) return target;
    const bool rescheduled = spec.scrape_interval() != target->spec->scrape_interval();
    if (spec.job != target->spec->job) target->stage.reset();
    set_spec(*target, std::move(spec));
    if (rescheduled) schedule(target);
    return target;
  }

  static void set_spec(Target& target, ScrapeTargetSpec spec) {
    target.spec = std::make_shared<const ScrapeTargetSpec>(std::move(spec));
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
    ticks_.push({Clock::now() + Duration{wait}, target, ++target->schedule});
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
    let_age(now);
    while (!ticks_.empty() && ticks_.top().due <= now + kTogether && has_place()) {
      const Tick tick = ticks_.top();
      ticks_.pop();
      if (tick.target->gone || tick.schedule != tick.target->schedule) continue;
      counters_.worst_lateness =
          std::max(counters_.worst_lateness, std::chrono::duration_cast<Duration>(now - tick.due));
      ticks_.push({next_due(tick, now), tick.target, tick.schedule});
      if (tick.target->flight != nullptr) {
        ++counters_.missed_ticks;
      } else if (now < tick.target->held_until) {
        ++counters_.held_ticks;
      } else {
        launch(tick.target, now);
      }
    }
  }

  SteadyTime next_due(const Tick& tick, SteadyTime now) {
    const Duration interval = std::max(tick.target->spec->scrape_interval(), Duration{1});
    SteadyTime due = tick.due + interval;
    if (due <= now) {
      const auto skipped = (now - due) / interval + 1;
      counters_.missed_ticks += static_cast<std::uint64_t>(skipped);
      due += interval * skipped;
    }
    return due;
  }

  bool has_place() const {
    return young_places_ < options_.concurrency && flights_.size() < options_.max_in_flight;
  }

  SteadyTime next_wake() const {
    if (ticks_.empty() || flights_.size() >= options_.max_in_flight) return SteadyTime::max();
    if (has_place() || young_.empty()) return ticks_.top().due;
    return std::max(ticks_.top().due, young_.front()->began + options_.young);
  }

  // Scrapes that have waited for a while cost no work, so they free their place.
  void let_age(SteadyTime now) {
    while (!young_.empty() &&
           (!young_.front()->young || now - young_.front()->began >= options_.young)) {
      leave_place(*young_.front());
      young_.pop_front();
    }
  }

  void leave_place(Flight& flight) {
    if (flight.young) --young_places_;
    flight.young = false;
  }

  void launch(const std::shared_ptr<Target>& target, SteadyTime now) {
    const auto flight = std::make_shared<Flight>();
    flight->began = now;
    flight->started = now_();
    flights_.push_back(flight);
    young_.push_back(flight);
    ++young_places_;
    target->flight = flight;
    counters_.in_flight = flights_.size();
    try {
      prepare_stage(*target);
    } catch (const std::exception&) {  // the others are scraped all the same
      return land(*target, flight, std::current_exception());
    }
    boost::asio::co_spawn(
        executor_, scrape(target, flight),
        boost::asio::bind_cancellation_slot(
            flight->cancel.slot(), [this, target, flight](const std::exception_ptr& broken) {
              land(*target, flight, broken);
            }));
  }

  void prepare_stage(Target& target) {
    if (target.stage != nullptr && target.routers == routers_) return;
    std::shared_ptr<SignalRouter> router = consumer_.router(target.spec->service());
    if (router == nullptr) router = nothing_wanted_;
    if (target.stage == nullptr) {
      target.stage = std::make_shared<PageStage>(router, target.spec->job->honor_timestamps);
      target.stage->set_target(target.spec);
      target.stage->set_relabel(make_sample_relabel(*target.spec));
    } else if (target.stage->router() != router) {
      target.stage->set_router(router);
    }
    target.routers = routers_;
  }

  awaitable<void> scrape(std::shared_ptr<Target> target, std::shared_ptr<Flight> flight) {
    const std::shared_ptr<const ScrapeTargetSpec> spec = target->spec;
    const std::shared_ptr<PageStage> stage = target->stage;
    stage->begin(take_room());
    ScrapePage& page = flight->page.emplace(*stage, spec->job->limits, spec->job->fallback_format);
    auto fetching = fetch(*spec, page);
    if (!fetching) {
      fail(*target, *spec, *flight,
           {ScrapeFailure::credentials, "credentials", fetching.error().message});
      keep_room(stage->end());
      co_return;
    }
    const auto response = co_await *std::move(fetching);
    counters_.samples_seen += page.samples_seen();
    if (response && response->retry_after) hold(*target, *response);
    if (const auto error = page.finish(response)) {
      fail(*target, *spec, *flight, *error);
    } else {
      succeed(*target, *spec, *stage, *flight);
    }
    keep_room(stage->end());
  }

  using Fetching = awaitable<Result<FetchResponse, FetchError>>;
  Result<Fetching> fetch(const ScrapeTargetSpec& spec, ScrapePage& page) {
    auto request = scrape_request(spec);
    if (!request) return request.error();
    request->on_head = [&page](int status, std::string_view type) { page.head(status, type); };
    request->sink = [&page](std::string_view piece) { return page.take(piece); };
    return client_.fetch(*std::move(request));
  }

  // A scrape needs room for its samples only while it is under way.
  std::unique_ptr<PageStage::Room> take_room() {
    if (rooms_.empty()) return nullptr;
    std::unique_ptr<PageStage::Room> room = std::move(rooms_.back());
    rooms_.pop_back();
    return room;
  }

  void keep_room(std::unique_ptr<PageStage::Room> room) {
    const bool huge =
        std::any_of(room->samples.begin(), room->samples.end(),
                    [](const auto& of_signal) { return of_signal.capacity() > kMostRoom; });
    if (rooms_.size() < (huge ? kHugeRooms : kRooms)) rooms_.push_back(std::move(room));
  }

  void hold(Target& target, const FetchResponse& response) {
    if (response.status != 429 && response.status != 503) return;
    if (const auto wait = parse_retry_after(*response.retry_after, now_())) {
      target.held_until = Clock::now() + *wait;
    }
  }

  void succeed(Target& target, const ScrapeTargetSpec& spec, const PageStage& stage,
               const Flight& flight) {
    note_outcome(target, flight, nullptr, stage.kept());
    counters_.samples_kept += stage.kept();
    if (!target.gone && !stopping_) {
      consumer_.scraped(spec, target.identity, flight.started, stage);
    }
  }

  void fail(Target& target, const ScrapeTargetSpec& spec, const Flight& flight,
            const ScrapeError& error) {
    note_outcome(target, flight, &error, 0);
    ++counters_.failures[error.reason];
    if (!target.gone && !stopping_) {
      consumer_.scrape_failed(spec, target.identity, flight.started);
    }
  }

  void note_outcome(Target& target, const Flight& flight, const ScrapeError* error,
                    std::size_t kept) {
    ++counters_.scrapes;
    target.scraped = flight.started;
    target.took = std::chrono::duration_cast<Duration>(Clock::now() - flight.began);
    const auto health = error != nullptr ? Target::Health::down : Target::Health::up;
    if (std::exchange(target.health, health) != health) ++turns_;
    target.error = error != nullptr ? error->message : "";
    target.samples = static_cast<std::uint32_t>(kept);
    counters_.took += target.took;
  }

  void land(Target& target, const std::shared_ptr<Flight>& flight,
            const std::exception_ptr& broken) {
    if (broken && !stopping_) break_off(target, *flight, broken);
    target.flight.reset();
    leave_place(*flight);
    std::erase(flights_, flight);
    counters_.in_flight = flights_.size();
    tell_waiters();
    if (crowded_) timer_.cancel();
  }

  // What nobody foresaw fails the scrape it happened in.
  void break_off(Target& target, const Flight& flight, const std::exception_ptr& broken) {
    std::string why = "the scrape broke off";
    try {
      std::rethrow_exception(broken);
    } catch (const std::exception& error) {
      why += std::string(": ") + error.what();
    } catch (...) {  // NOLINT: there is nothing more to be said of it
    }
    try {
      fail(target, *target.spec, flight, {ScrapeFailure::fetch, "exception", std::move(why)});
    } catch (const std::exception&) {  // NOLINT: the consumer; the failure is counted
    }
  }

  void tell_waiters() {
    for (const auto& waiter : waiters_) waiter->cancel();
    waiters_.clear();
  }

  bool in_flight_since(TimePoint until) const {
    return std::any_of(flights_.begin(), flights_.end(),
                       [until](const auto& flight) { return flight->started <= until; });
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
  HttpClient& client_;
  ScrapeConsumer& consumer_;
  ScraperOptions options_;
  std::function<TimePoint()> now_;
  boost::asio::steady_timer timer_;

  std::unordered_map<std::uint64_t, std::shared_ptr<Target>> targets_;
  std::priority_queue<Tick, std::vector<Tick>, std::greater<>> ticks_;
  std::vector<std::shared_ptr<Flight>> flights_;
  std::deque<std::shared_ptr<Flight>> young_;
  std::size_t young_places_ = 0;
  std::uint64_t routers_ = 0;
  std::uint64_t turns_ = 0;
  Duration grid_{1};
  std::vector<std::unique_ptr<PageStage::Room>> rooms_;
  std::shared_ptr<SignalRouter> nothing_wanted_ =
      std::make_shared<SignalRouter>(std::vector<std::shared_ptr<const SignalMatcher>>());
  std::vector<std::shared_ptr<boost::asio::steady_timer>> waiters_;
  bool crowded_ = false;  // the loop sleeps until a scrape lands, too
  bool running_ = false;
  bool stopping_ = false;
  ScraperCounters counters_;
};

}  // namespace

std::unique_ptr<Scraper> make_scraper(boost::asio::any_io_executor executor, HttpClient& client,
                                      ScrapeConsumer& consumer, ScraperOptions options,
                                      std::function<TimePoint()> now) {
  return std::make_unique<TheScraper>(std::move(executor), client, consumer, options,
                                      std::move(now));
}

}  // namespace revisitd::collectors
