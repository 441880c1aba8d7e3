#include "collectors/scrape_flights.h"

#include <algorithm>
#include <utility>

#include "collectors/retry_after.h"
#include "collectors/scrape_request.h"
#include "collectors/signal_router.h"

namespace revisitd::collectors {
namespace {

using Clock = std::chrono::steady_clock;

// What is kept for scrapes to come: as much as is young at once, but of what huge pages have grown
// only a little.
constexpr std::size_t kSpare = 64;
constexpr std::size_t kMostRoom = 256;  // samples of a signal; what has more is huge
constexpr std::size_t kSpareHuge = 4;

const char* health_name(ScrapedTarget::Health health) {
  switch (health) {
    case ScrapedTarget::Health::unknown:
      return "unknown";
    case ScrapedTarget::Health::up:
      return "up";
    case ScrapedTarget::Health::down:
      return "down";
  }
  return "unknown";
}

}  // namespace

ScrapedTarget::ScrapedTarget(std::uint64_t its_identity, ScrapeTargetSpec its_spec)
    : spec(std::make_shared<const ScrapeTargetSpec>(std::move(its_spec))), identity(its_identity) {}

void ScrapedTarget::change(ScrapeTargetSpec its_spec) {
  if (its_spec.job != spec->job) stage.reset();
  spec = std::make_shared<const ScrapeTargetSpec>(std::move(its_spec));
  request.reset();
}

TargetStatus ScrapedTarget::status() const {
  return {.kind = "scrape",
          .job = spec->job->job_name,
          .url = spec->url(),
          .service = spec->service(),
          .labels = {spec->labels.begin(), spec->labels.end()},
          .health = health_name(health),
          .last_error = error,
          .last_scrape = scraped,
          .last_duration = took,
          .samples = samples,
          .interval = spec->scrape_interval()};
}

void Flight::fetched(Result<FetchResponse, FetchError> outcome) noexcept {
  all.fetched(*this, outcome);
}
void Flight::broke(std::exception_ptr why) noexcept { all.land(*this, why); }

Flights::Flights(RepeatingClient& client, ScrapeConsumer& consumer, Duration young,
                 std::function<TimePoint()> now, ScraperCounters& counters,
                 std::function<void()> landed)
    : client_(client),
      consumer_(consumer),
      young_for_(young),
      now_(std::move(now)),
      counters_(counters),
      landed_(std::move(landed)),
      nothing_wanted_(
          std::make_shared<SignalRouter>(std::vector<std::shared_ptr<const SignalMatcher>>())) {}
Flights::~Flights() {
  flights_.clear_and_dispose([](Flight* flight) { delete flight; });
}

void Flights::launch(const std::shared_ptr<ScrapedTarget>& target, SteadyTime now) {
  Flight& flight = take_flight();
  flight.target = target;
  flight.spec = target->spec;
  flight.began = now;
  flight.started = now_();
  flights_.push_back(flight);
  young_.push_back(flight);
  ++young_count_;
  ++counters_.in_flight;
  target->flight = &flight;
  try {
    begin(flight);
  } catch (const std::exception&) {  // the others are scraped all the same
    land(flight, std::current_exception());
  }
}

void Flights::begin(Flight& flight) {
  prepare_stage(*flight.target);
  flight.stage = flight.target->stage;
  if (const auto error = prepare_request(*flight.target)) {
    fail(flight, *error);
    return land(flight, nullptr);
  }
  flight.request = flight.target->request;
  flight.request->send(flight);
}

void Flights::prepare_stage(ScrapedTarget& target) {
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
std::optional<ScrapeError> Flights::prepare_request(ScrapedTarget& target) {
  HeaderList proof;
  if (target.spec->job->credentials) {
    auto given = target.spec->job->credentials();
    if (!given)
      return ScrapeError{ScrapeFailure::credentials, "credentials", given.error().message};
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

void Flights::cancel_all() {
  std::vector<std::shared_ptr<RepeatedRequest>> left;
  for (const Flight& flight : flights_) left.push_back(flight.request);
  for (const auto& request : left) request->cancel();
}

bool Flights::any_since(TimePoint until) const {
  return std::any_of(flights_.begin(), flights_.end(),
                     [until](const Flight& flight) { return flight.started <= until; });
}

void Flights::let_age(SteadyTime now) {
  while (!young_.empty() && now >= next_aging()) grow_old(young_.front());
}

void Flights::grow_old(Flight& flight) {
  if (!flight.among_young.is_linked()) return;
  flight.among_young.unlink();
  --young_count_;
}

ScrapePage& Flights::page_of(Flight& flight) {
  if (flight.desk == nullptr) {
    consumer_.expect(flight.target->interest);
    flight.desk = take_desk();
    flight.stage->begin(std::move(flight.desk->room));
    const ScrapeJob& job = *flight.spec->job;
    flight.desk->page.emplace(*flight.stage, job.limits, job.fallback_format);
  }
  return *flight.desk->page;
}

void Flights::fetched(Flight& flight, const Result<FetchResponse, FetchError>& response) {
  try {
    hear(flight, response);
  } catch (...) {
    return land(flight, std::current_exception());
  }
  land(flight, nullptr);
}

void Flights::hear(Flight& flight, const Result<FetchResponse, FetchError>& response) {
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

void Flights::hold(ScrapedTarget& target, const FetchResponse& response) {
  if (response.status != 429 && response.status != 503) return;
  if (const auto wait = parse_retry_after(*response.retry_after, now_())) {
    target.held_until = Clock::now() + *wait;
  }
}

void Flights::succeed(Flight& flight) {
  ScrapedTarget& target = *flight.target;
  note_outcome(target, flight, nullptr, flight.stage->kept());
  counters_.samples_kept += flight.stage->kept();
  if (!target.gone && !hushed_) {
    consumer_.scraped(*flight.spec, target.identity, flight.started, *flight.stage,
                      target.interest);
  }
}

void Flights::fail(Flight& flight, const ScrapeError& error) {
  ScrapedTarget& target = *flight.target;
  note_outcome(target, flight, &error, 0);
  ++counters_.failures[error.reason];
  if (!target.gone && !hushed_) {
    consumer_.scrape_failed(*flight.spec, target.identity, flight.started);
  }
}

void Flights::note_outcome(ScrapedTarget& target, const Flight& flight, const ScrapeError* error,
                           std::size_t kept) {
  ++counters_.scrapes;
  target.scraped = flight.started;
  target.took = std::chrono::duration_cast<Duration>(Clock::now() - flight.began);
  const auto health = error != nullptr ? ScrapedTarget::Health::down : ScrapedTarget::Health::up;
  if (std::exchange(target.health, health) != health) ++turns_;
  target.error = error != nullptr ? error->message : "";
  target.samples = static_cast<std::uint32_t>(kept);
  counters_.took += target.took;
}

// What nobody foresaw fails the scrape it happened in.
void Flights::break_off(Flight& flight, const std::exception_ptr& broken) {
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

void Flights::land(Flight& flight, const std::exception_ptr& broken) {
  if (broken && !hushed_) break_off(flight, broken);
  flight.target->flight = nullptr;
  grow_old(flight);
  flight.among_all.unlink();
  --counters_.in_flight;
  keep_flight(flight);
  landed_();
}

Flight& Flights::take_flight() {
  if (spare_.empty()) return *new Flight(*this);
  Flight& flight = *spare_.back().release();
  spare_.pop_back();
  return flight;
}

void Flights::keep_flight(Flight& ended) {
  std::unique_ptr<Flight> flight(&ended);
  if (spare_.size() >= kSpare) return;
  flight->desk.reset();  // of a scrape that broke off
  flight->stage.reset();
  flight->request.reset();
  flight->spec.reset();
  flight->target.reset();
  spare_.push_back(std::move(flight));
}

std::unique_ptr<Desk> Flights::take_desk() {
  if (desks_.empty()) return std::make_unique<Desk>();
  std::unique_ptr<Desk> desk = std::move(desks_.back());
  desks_.pop_back();
  return desk;
}

void Flights::keep_desk(std::unique_ptr<Desk> desk) {
  const auto& samples = desk->room->samples;
  const bool huge = std::any_of(samples.begin(), samples.end(), [](const auto& of_signal) {
    return of_signal.capacity() > kMostRoom;
  });
  if (desks_.size() < (huge ? kSpareHuge : kSpare)) desks_.push_back(std::move(desk));
}

}  // namespace revisitd::collectors
