#include "collectors/scraper.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "collectors/prefetch.h"
#include "collectors/retry_after.h"
#include "collectors/scrape_grid.h"
#include "collectors/scrape_page.h"
#include "collectors/scrape_request.h"

namespace revisitd::collectors {
namespace {

using boost::asio::awaitable;
using Clock = std::chrono::steady_clock;
using SteadyTime = Clock::time_point;

struct Target;
class TheScraper;

// What an answer is read at. Few are read at once however many are awaited, so that a few desks
// serve all, and the processor has them at hand.
struct Desk {
  std::unique_ptr<PageStage::Room> room;  // the stage's while the page is read
  std::optional<ScrapePage> page;
};

// A scrape under way. Those that ended are used again.
struct Flight final : FetchListener {
  explicit Flight(TheScraper& of) : scraper(of) {}

  void fetched(Result<FetchResponse, FetchError> outcome) noexcept override;
  void broke(std::exception_ptr why) noexcept override;

  TheScraper& scraper;
  std::shared_ptr<Target> target;
  // What it began with; the target's own may change meanwhile.
  std::shared_ptr<const ScrapeTargetSpec> spec;
  std::shared_ptr<PageStage> stage;
  std::shared_ptr<RepeatedRequest> request;
  std::unique_ptr<Desk> desk;  // from the answer's head to its end
  SteadyTime began;
  TimePoint started;

  using Hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  Hook among_all;
  Hook among_young;  // while it takes one of the places
};

template <Flight::Hook Flight::* hook>
using Flights =
    boost::intrusive::list<Flight, boost::intrusive::member_hook<Flight, Flight::Hook, hook>,
                           boost::intrusive::constant_time_size<false>>;

struct Target {
  std::shared_ptr<const ScrapeTargetSpec> spec;
  std::uint64_t identity = 0;
  std::uint64_t schedule = 0;   // ticks of an older schedule are void
  std::uint64_t interests = 0;  // the round of interests its own is of
  ScrapeConsumer::Interest interest;
  bool gone = false;
  std::shared_ptr<PageStage> stage;
  std::shared_ptr<RepeatedRequest> request;  // null: to be made
  HeaderList proof;                          // that the request was made with
  Flight* flight = nullptr;
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
  std::shared_ptr<Target> target;
  std::uint64_t schedule = 0;
};

// What is kept for scrapes to come: as much as is young at once, but of what huge pages have grown
// only a little.
constexpr std::size_t kSpare = 64;
constexpr std::size_t kMostRoom = 256;  // samples of a signal; what has more is huge
constexpr std::size_t kSpareHuge = 4;

// Of a request about so much is looked at when it is sent.
constexpr std::size_t kRequestBytes = 256;

// Ticks so close together are one.
constexpr Duration kTogether = std::chrono::milliseconds(2);

class TheScraper final : public Scraper {
 public:
  TheScraper(boost::asio::any_io_executor executor, RepeatingClient& client,
             ScrapeConsumer& consumer, ScraperOptions options, std::function<TimePoint()> now)
      : executor_(std::move(executor)),
        client_(client),
        consumer_(consumer),
        options_(options),
        now_(std::move(now)),
        timer_(executor_) {}
  ~TheScraper() override {
    flights_.clear_and_dispose([](Flight* flight) { delete flight; });
  }

  // For Flight.
  void fetched(Flight& flight, const Result<FetchResponse, FetchError>& response) {
    try {
      hear(flight, response);
    } catch (...) {
      return land(flight, std::current_exception());
    }
    land(flight, nullptr);
  }
  void broke(Flight& flight, const std::exception_ptr& why) { land(flight, why); }

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

  void refresh_interests() override { ++interests_; }

  awaitable<void> settle(TimePoint until, Duration patience) override {
    const SteadyTime deadline = Clock::now() + patience;
    while (Clock::now() < deadline && in_flight_since(until)) co_await next_landing(deadline);
  }

  awaitable<void> stop(Duration grace) override {
    stopping_ = true;
    timer_.cancel();
    const SteadyTime deadline = Clock::now() + grace;
    while (Clock::now() < deadline && !flights_.empty()) co_await next_landing(deadline);
    std::vector<std::shared_ptr<RepeatedRequest>> left;
    for (const Flight& flight : flights_) left.push_back(flight.request);
    for (const auto& request : left) request->cancel();
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
    target.request.reset();
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
    let_age(now);
    while (!ticks_.empty() && ticks_.begin()->first <= now + kTogether && has_place()) {
      const auto first = ticks_.begin();
      std::vector<Tick>& due = first->second;
      std::size_t begun = 0;
      while (begun < due.size() && has_place()) {
        fetch_ahead(due, begun);
        begin_tick(first->first, due[begun++], now);
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

  void begin_tick(SteadyTime due, Tick& tick, SteadyTime now) {
    if (tick.target->gone || tick.schedule != tick.target->schedule) return;
    counters_.worst_lateness =
        std::max(counters_.worst_lateness, std::chrono::duration_cast<Duration>(now - due));
    std::vector<Tick>& next = ticks_[next_due(due, tick.target->spec->scrape_interval(), now)];
    const std::shared_ptr<Target>& target = next.emplace_back(std::move(tick)).target;
    if (target->flight != nullptr) {
      ++counters_.missed_ticks;
    } else if (now < target->held_until) {
      ++counters_.held_ticks;
    } else {
      launch(target, now);
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
    return young_places_ < options_.concurrency && counters_.in_flight < options_.max_in_flight;
  }

  SteadyTime next_wake() const {
    if (ticks_.empty() || counters_.in_flight >= options_.max_in_flight) return SteadyTime::max();
    if (has_place() || young_.empty()) return ticks_.begin()->first;
    return std::max(ticks_.begin()->first, young_.front().began + options_.young);
  }

  // Scrapes that have waited for a while cost no work, so they free their place.
  void let_age(SteadyTime now) {
    while (!young_.empty() && now - young_.front().began >= options_.young)
      leave_place(young_.front());
  }

  void leave_place(Flight& flight) {
    if (!flight.among_young.is_linked()) return;
    flight.among_young.unlink();
    --young_places_;
  }

  void launch(const std::shared_ptr<Target>& target, SteadyTime now) {
    Flight& flight = take_flight();
    flight.target = target;
    flight.spec = target->spec;
    flight.began = now;
    flight.started = now_();
    flights_.push_back(flight);
    young_.push_back(flight);
    ++young_places_;
    ++counters_.in_flight;
    target->flight = &flight;
    try {
      begin(flight);
    } catch (const std::exception&) {  // the others are scraped all the same
      land(flight, std::current_exception());
    }
  }

  // Throws only while nothing is under way.
  void begin(Flight& flight) {
    prepare_stage(*flight.target);
    flight.stage = flight.target->stage;
    if (const auto error = prepare_request(*flight.target)) {
      fail(flight, *error);
      return land(flight, nullptr);
    }
    flight.request = flight.target->request;
    flight.request->send(flight);
  }

  void prepare_stage(Target& target) {
    if (target.stage != nullptr && target.interests == interests_) return;
    target.interest = consumer_.interest(target.spec->service());
    std::shared_ptr<SignalRouter>& router = target.interest.router;
    if (router == nullptr) router = nothing_wanted_;
    if (target.stage == nullptr) {
      target.stage = std::make_shared<PageStage>(router, target.spec->job->honor_timestamps);
      target.stage->set_target(target.spec);
      target.stage->set_relabel(make_sample_relabel(*target.spec));
    } else if (target.stage->router() != router) {
      target.stage->set_router(router);
    }
    target.interests = interests_;
  }

  // The request is the same until the target or its credentials are others.
  std::optional<ScrapeError> prepare_request(Target& target) {
    HeaderList proof;
    if (target.spec->job->credentials) {
      auto given = target.spec->job->credentials();
      if (!given) {
        return ScrapeError{ScrapeFailure::credentials, "credentials", given.error().message};
      }
      proof = *std::move(given);
    }
    if (target.request != nullptr && target.proof == proof) return std::nullopt;
    FetchRequest request = scrape_request(*target.spec, proof);
    request.on_head = [this, &target](int status, std::string_view type) {
      page_of(*target.flight).head(status, type);
    };
    request.sink = [this, &target](std::string_view piece) {
      return page_of(*target.flight).take(piece);
    };
    auto made = client_.repeat(std::move(request));
    if (!made) return scrape_error(made.error());
    target.request = *std::move(made);
    target.proof = std::move(proof);
    return std::nullopt;
  }

  void hear(Flight& flight, const Result<FetchResponse, FetchError>& response) {
    ScrapePage& page = page_of(flight);
    counters_.samples_seen += page.samples_seen();
    if (response && response->retry_after) hold(*flight.target, *response);
    if (const auto error = page.finish(response)) {
      fail(flight, *error);
    } else {
      succeed(flight);
    }
    flight.desk->page.reset();
    flight.desk->room = flight.stage->end();
    keep_desk(std::move(flight.desk));
  }

  ScrapePage& page_of(Flight& flight) {
    if (flight.desk == nullptr) {
      flight.desk = take_desk();
      flight.stage->begin(std::move(flight.desk->room));
      const ScrapeJob& job = *flight.spec->job;
      flight.desk->page.emplace(*flight.stage, job.limits, job.fallback_format);
    }
    return *flight.desk->page;
  }

  std::unique_ptr<Desk> take_desk() {
    if (desks_.empty()) return std::make_unique<Desk>();
    std::unique_ptr<Desk> desk = std::move(desks_.back());
    desks_.pop_back();
    return desk;
  }

  void keep_desk(std::unique_ptr<Desk> desk) {
    const auto& samples = desk->room->samples;
    const bool huge = std::any_of(samples.begin(), samples.end(), [](const auto& of_signal) {
      return of_signal.capacity() > kMostRoom;
    });
    if (desks_.size() < (huge ? kSpareHuge : kSpare)) desks_.push_back(std::move(desk));
  }

  void hold(Target& target, const FetchResponse& response) {
    if (response.status != 429 && response.status != 503) return;
    if (const auto wait = parse_retry_after(*response.retry_after, now_())) {
      target.held_until = Clock::now() + *wait;
    }
  }

  void succeed(Flight& flight) {
    Target& target = *flight.target;
    note_outcome(target, flight, nullptr, flight.stage->kept());
    counters_.samples_kept += flight.stage->kept();
    if (!target.gone && !stopping_) {
      consumer_.scraped(*flight.spec, target.identity, flight.started, *flight.stage,
                        target.interest);
    }
  }

  void fail(Flight& flight, const ScrapeError& error) {
    Target& target = *flight.target;
    note_outcome(target, flight, &error, 0);
    ++counters_.failures[error.reason];
    if (!target.gone && !stopping_) {
      consumer_.scrape_failed(*flight.spec, target.identity, flight.started);
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

  void land(Flight& flight, const std::exception_ptr& broken) {
    if (broken && !stopping_) break_off(flight, broken);
    flight.target->flight = nullptr;
    leave_place(flight);
    flight.among_all.unlink();
    --counters_.in_flight;
    keep_flight(flight);
    tell_waiters();
    if (crowded_) timer_.cancel();
  }

  Flight& take_flight() {
    if (spare_.empty()) return *new Flight(*this);
    Flight& flight = *spare_.back().release();
    spare_.pop_back();
    return flight;
  }

  void keep_flight(Flight& ended) {
    std::unique_ptr<Flight> flight(&ended);
    if (spare_.size() >= kSpare) return;
    flight->desk.reset();  // of a scrape that broke off
    flight->stage.reset();
    flight->request.reset();
    flight->spec.reset();
    flight->target.reset();
    spare_.push_back(std::move(flight));
  }

  // What nobody foresaw fails the scrape it happened in.
  void break_off(Flight& flight, const std::exception_ptr& broken) {
    std::string why = "the scrape broke off";
    try {
      std::rethrow_exception(broken);
    } catch (const std::exception& error) {
      why += std::string(": ") + error.what();
    } catch (...) {  // NOLINT: there is nothing more to be said of it
    }
    try {
      fail(flight, {ScrapeFailure::fetch, "exception", std::move(why)});
    } catch (const std::exception&) {  // NOLINT: the consumer; the failure is counted
    }
  }

  void tell_waiters() {
    for (const auto& waiter : waiters_) waiter->cancel();
    waiters_.clear();
  }

  bool in_flight_since(TimePoint until) const {
    return std::any_of(flights_.begin(), flights_.end(),
                       [until](const Flight& flight) { return flight.started <= until; });
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
  RepeatingClient& client_;
  ScrapeConsumer& consumer_;
  ScraperOptions options_;
  std::function<TimePoint()> now_;
  boost::asio::steady_timer timer_;

  std::unordered_map<std::uint64_t, std::shared_ptr<Target>> targets_;
  std::map<SteadyTime, std::vector<Tick>> ticks_;  // by when they are due
  Flights<&Flight::among_all> flights_;            // owned
  Flights<&Flight::among_young> young_;            // the oldest first
  std::size_t young_places_ = 0;
  std::uint64_t interests_ = 0;
  std::uint64_t turns_ = 0;
  Duration grid_{1};
  std::vector<std::unique_ptr<Desk>> desks_;
  std::vector<std::unique_ptr<Flight>> spare_;
  std::shared_ptr<SignalRouter> nothing_wanted_ =
      std::make_shared<SignalRouter>(std::vector<std::shared_ptr<const SignalMatcher>>());
  std::vector<std::shared_ptr<boost::asio::steady_timer>> waiters_;
  bool crowded_ = false;  // the loop sleeps until a scrape lands, too
  bool running_ = false;
  bool stopping_ = false;
  ScraperCounters counters_;
};

void Flight::fetched(Result<FetchResponse, FetchError> outcome) noexcept {
  scraper.fetched(*this, outcome);
}
void Flight::broke(std::exception_ptr why) noexcept { scraper.broke(*this, why); }

}  // namespace

std::unique_ptr<Scraper> make_scraper(boost::asio::any_io_executor executor,
                                      RepeatingClient& client, ScrapeConsumer& consumer,
                                      ScraperOptions options, std::function<TimePoint()> now) {
  return std::make_unique<TheScraper>(std::move(executor), client, consumer, options,
                                      std::move(now));
}

}  // namespace revisitd::collectors
