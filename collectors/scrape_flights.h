#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/http_client.h"
#include "collectors/page_stage.h"
#include "collectors/scrape_error.h"
#include "collectors/scrape_page.h"
#include "collectors/scrape_target.h"
#include "collectors/scraper.h"
#include "collectors/target_status.h"
#include "rules/time.h"

// What the scraper is made of beside its schedule: single scrapes, each from its request to the end
// of its page.
namespace revisitd::collectors {

struct Flight;

// A target, and what is kept of it from one scrape to the next.
struct ScrapedTarget {
  using SteadyTime = std::chrono::steady_clock::time_point;

  ScrapedTarget(std::uint64_t its_identity, ScrapeTargetSpec its_spec);

  // Another description of the same target.
  void change(ScrapeTargetSpec its_spec);
  [[nodiscard]] TargetStatus status() const;

  std::shared_ptr<const ScrapeTargetSpec> spec;
  std::uint64_t identity;
  std::uint64_t schedule = 0;  // ticks of an older schedule are void
  bool gone = false;           // nobody is told of its pages any more
  SteadyTime held_until;       // it asked for that (Retry-After)

  std::uint64_t interests = 0;  // the round of interests its own is of
  ScrapeConsumer::Interest interest;
  std::shared_ptr<PageStage> stage;          // null: to be made
  std::shared_ptr<RepeatedRequest> request;  // null: to be made
  HeaderList proof;                          // that the request was made with
  Flight* flight = nullptr;                  // under way

  // What came of the last scrape.
  enum class Health : std::uint8_t { unknown, up, down } health = Health::unknown;
  std::uint32_t samples = 0;  // kept
  std::optional<TimePoint> scraped;
  Duration took{};
  std::string error;
};

// What an answer is read at. Few are read at once however many are awaited, so that a few desks
// serve all, and the processor has them at hand.
struct Desk {
  std::unique_ptr<PageStage::Room> room;  // the stage's while the page is read
  std::optional<ScrapePage> page;
};

class Flights;

// A scrape under way.
struct Flight final : FetchListener {
  explicit Flight(Flights& of) : all(of) {}

  void fetched(Result<FetchResponse, FetchError> outcome) noexcept override;
  void broke(std::exception_ptr why) noexcept override;

  Flights& all;
  std::shared_ptr<ScrapedTarget> target;
  // What it began with; the target's own may change meanwhile.
  std::shared_ptr<const ScrapeTargetSpec> spec;
  std::shared_ptr<PageStage> stage;
  std::shared_ptr<RepeatedRequest> request;
  std::unique_ptr<Desk> desk;  // from the answer's head to its end
  ScrapedTarget::SteadyTime began;
  TimePoint started;

  using Hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  Hook among_all;
  Hook among_young;
};

// All scrapes under way. One is young for `young`; then it is taken for one that hangs and costs
// nothing.
class Flights {
 public:
  using SteadyTime = ScrapedTarget::SteadyTime;

  // Counts what becomes of scrapes in `counters` and calls `landed` after each. All must outlive
  // it.
  Flights(RepeatingClient& client, ScrapeConsumer& consumer, Duration young,
          std::function<TimePoint()> now, ScraperCounters& counters, std::function<void()> landed);
  ~Flights();
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  // Begins to scrape a target that has no scrape under way. One that cannot even be asked has
  // landed when this returns.
  void launch(const std::shared_ptr<ScrapedTarget>& target, SteadyTime now);
  // Asks for the consumer's interests anew before each target's next scrape.
  void refresh_interests() { ++interests_; }
  // The consumer is told nothing any more: the program is stopping.
  void hush() { hushed_ = true; }
  void cancel_all();

  [[nodiscard]] bool empty() const { return flights_.empty(); }
  // Whether one is under way that started at or before `until`.
  [[nodiscard]] bool any_since(TimePoint until) const;
  // How many were young when let_age() was called last, or began since.
  [[nodiscard]] std::size_t young() const { return young_count_; }
  void let_age(SteadyTime now);
  // When the oldest of the young is young no more; only while young() is not 0.
  [[nodiscard]] SteadyTime next_aging() const { return young_.front().began + young_for_; }
  // Another number whenever a target's health is another.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }

 private:
  friend struct Flight;
  template <Flight::Hook Flight::* hook>
  using List =
      boost::intrusive::list<Flight, boost::intrusive::member_hook<Flight, Flight::Hook, hook>,
                             boost::intrusive::constant_time_size<false>>;

  // Throws only while nothing is under way.
  void begin(Flight& flight);
  void prepare_stage(ScrapedTarget& target);
  std::optional<ScrapeError> prepare_request(ScrapedTarget& target);
  ScrapePage& page_of(Flight& flight);
  void fetched(Flight& flight, const Result<FetchResponse, FetchError>& response);
  void hear(Flight& flight, const Result<FetchResponse, FetchError>& response);
  void hold(ScrapedTarget& target, const FetchResponse& response);
  void succeed(Flight& flight);
  void fail(Flight& flight, const ScrapeError& error);
  void note_outcome(ScrapedTarget& target, const Flight& flight, const ScrapeError* error,
                    std::size_t kept);
  void break_off(Flight& flight, const std::exception_ptr& broken);
  void land(Flight& flight, const std::exception_ptr& broken);
  void grow_old(Flight& flight);
  Flight& take_flight();
  void keep_flight(Flight& ended);
  std::unique_ptr<Desk> take_desk();
  void keep_desk(std::unique_ptr<Desk> desk);

  RepeatingClient& client_;
  ScrapeConsumer& consumer_;
  Duration young_for_;
  std::function<TimePoint()> now_;
  ScraperCounters& counters_;
  std::function<void()> landed_;

  List<&Flight::among_all> flights_;  // owned
  List<&Flight::among_young> young_;  // the oldest first
  std::size_t young_count_ = 0;
  std::uint64_t interests_ = 0;
  std::uint64_t turns_ = 0;
  bool hushed_ = false;
  // Those that ended are used again.
  std::vector<std::unique_ptr<Flight>> spare_;
  std::vector<std::unique_ptr<Desk>> desks_;
  std::shared_ptr<SignalRouter> nothing_wanted_;
};

}  // namespace revisitd::collectors
