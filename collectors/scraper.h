#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/http_client.h"
#include "collectors/page_stage.h"
#include "collectors/scrape_target.h"
#include "collectors/target_status.h"
#include "rules/time.h"

// Scrapes every target at its interval and hands whole pages on. Each target has its own phase in
// the interval, the same after every restart, so that a fleet is spread out. A target is never
// scraped twice at once: a tick that finds it busy is missed and counted. One timer drives them
// all; of the scrapes under way only the young ones take one of the places that bound the work at
// once, so that targets that hang hold up nobody.
namespace revisitd::collectors {

// Who receives pages. All on the scraper's thread.
class ScrapeConsumer {
 public:
  // What is wanted of the pages of one service, and whose they are, for who is told of many.
  struct Interest {
    std::shared_ptr<SignalRouter> router;  // null when nothing is
    std::uint32_t round = 0, service = 0;  // the consumer's own
  };

  virtual ~ScrapeConsumer() = default;
  virtual Interest interest(std::string_view service) = 0;
  // A page for this interest begins to come in; when it has proved good, scraped() is called.
  virtual void expect(const Interest& /*interest*/) {}
  // `interest`: for which the page was read.
  virtual void scraped(const ScrapeTargetSpec& target, std::uint64_t identity, TimePoint started,
                       const PageStage& page, const Interest& interest) = 0;
  virtual void scrape_failed(const ScrapeTargetSpec& target, std::uint64_t identity,
                             TimePoint started) = 0;
};

struct ScraperOptions {
  std::size_t concurrency = 64;  // scrapes younger than `young`
  Duration young = std::chrono::milliseconds(250);
  std::size_t max_in_flight = 1024;  // of any age
};

struct ScraperCounters {
  std::uint64_t scrapes = 0;                      // ended
  std::map<std::string, std::uint64_t> failures;  // by ScrapeError::reason
  std::uint64_t missed_ticks = 0;  // the target was busy, or we were late by a whole interval
  std::uint64_t held_ticks = 0;    // left out because the target asked for it (Retry-After)
  std::uint64_t samples_seen = 0;
  std::uint64_t samples_kept = 0;
  Duration took{};  // all of them together
  std::size_t in_flight = 0;
  std::size_t targets = 0;
  Duration worst_lateness{};  // of a scrape's start behind its tick
};

class Scraper {
 public:
  virtual ~Scraper() = default;
  // Begins to scrape. Once.
  virtual void start() = 0;
  // Replaces the targets. One that stays, by identity, keeps its status, its phase and what is
  // under way; one that goes is reported failed a last time, so that its series are stale.
  virtual void apply(std::vector<ScrapeTargetSpec> targets) = 0;
  // The consumer's interests have changed: asks for them anew before each target's next scrape.
  virtual void refresh_interests() = 0;
  // Completes when every scrape that started at or before `until` has ended, or after `patience`.
  virtual boost::asio::awaitable<void> settle(TimePoint until, Duration patience) = 0;
  // Starts no scrape any more, gives those under way `grace`, then cancels them. Completes when
  // none is left.
  virtual boost::asio::awaitable<void> stop(Duration grace) = 0;

  [[nodiscard]] virtual std::vector<TargetStatus> status() const = 0;
  // Another number whenever targets came or went or one's health is another, so that who waits for
  // that need not ask for the status of all.
  [[nodiscard]] virtual std::uint64_t turns() const = 0;
  [[nodiscard]] virtual const ScraperCounters& counters() const = 0;
  // The services that some target speaks for.
  [[nodiscard]] virtual std::set<std::string, std::less<>> services() const = 0;
};

// `now` gives the wall clock: the time of a scrape's samples. The references must outlive the
// scraper; stop() must have completed before it is destroyed while the executor still runs.
std::unique_ptr<Scraper> make_scraper(boost::asio::any_io_executor executor,
                                      RepeatingClient& client, ScrapeConsumer& consumer,
                                      ScraperOptions options, std::function<TimePoint()> now);

}  // namespace revisitd::collectors
